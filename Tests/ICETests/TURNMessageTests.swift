import ICE
import Primitives
import Testing

struct TURNMessageTests {
    private let id = STUNTransactionID(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)

    @Test func theKeyOfALongTermCredentialIsADigest() {
        let key = TURN.key(username: "ada", realm: "example.org", password: "secret")
        // printf ada:example.org:secret | md5sum
        #expect(key.prefix(4) == [0xDC, 0xB6, 0x56, 0x6D] && key.count == 16)
    }

    @Test func peersAreWrittenAsMappedAddressesAreRead() throws {
        for address in [
            TransportAddress(v4: 192, 0, 2, 1, port: 32_853),
            TransportAddress(family: .v6, high: 0x2001_0DB8_1234_5678, low: 0x0011_2233_4455_6677, port: 32_853),
        ] {
            var octets: [UInt8] = []
            let builder = STUNMessageBuilder(.success, transactionID: id, into: &octets)
            builder.append(.other(.xorMappedAddress, address.xorValue(for: id)), to: &octets)
            #expect(try STUNMessage(parsing: octets.span).xorMappedAddress == address)
        }
    }

    @Test func attributesAreFoundByTheirType() throws {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.error, method: TURN.allocateMethod, transactionID: id, into: &octets)
        builder.append(.errorCode(.unauthenticated), to: &octets)
        builder.append(.other(.realm, Array("example.org".utf8)), to: &octets)
        #expect(STUNMessage.value(of: .realm, in: octets.span) == Array("example.org".utf8))
        #expect(STUNMessage.value(of: .nonce, in: octets.span) == nil)
        #expect(try STUNMessage(parsing: octets.span).method == TURN.allocateMethod)
    }
}
