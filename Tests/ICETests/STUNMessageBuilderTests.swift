import Primitives
import TestSupport
import Testing

@testable import ICE

struct STUNMessageBuilderTests {
    private static let identifier = STUNTransactionID(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE)

    @Test(arguments: try STUNVectors.read().vectors)
    func theMessagesOfRFC5769AreWrittenOctetForOctet(_ vector: STUNVectors.Vector) throws {
        let message = try STUNMessageTests.parse(vector.octets)
        // What stands before it in the array is not touched.
        var written: [UInt8] = [1, 2, 3]
        var builder = STUNMessageBuilder(message.messageClass, transactionID: message.transactionID, into: &written)
        builder.padding = vector.id == "rfc5769-2.4" ? 0 : 0x20
        for attribute in vector.expect.attributes {
            let type = STUNAttributeType(rawValue: attribute.type)
            switch type {
            case .software: builder.append(.software(try #require(vector.expect.software)), to: &written)
            case .username: builder.append(.username(try #require(vector.expect.username)), to: &written)
            case .priority: builder.append(.priority(try #require(message.priority)), to: &written)
            case .iceControlled: builder.append(.iceControlled(0x932F_F9B1_5126_3B36), to: &written)
            case .xorMappedAddress:
                builder.append(.xorMappedAddress(try #require(message.xorMappedAddress)), to: &written)
            case .messageIntegrity: builder.appendMessageIntegrity(key: vector.key.span, to: &written)
            case .fingerprint: builder.appendFingerprint(to: &written)
            default: builder.append(.other(type, try #require([UInt8](hexadecimal: attribute.value_hex))), to: &written)
            }
        }
        #expect(written.prefix(3) == [1, 2, 3])
        #expect(written.dropFirst(3).elementsEqual(vector.octets))
    }

    @Test func whatIsWrittenIsReadBack() throws {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.error, method: 0xABC, transactionID: Self.identifier, into: &octets)
        let v6 = try #require(TransportAddress("2001:db8::17", port: 443))
        builder.append(.mappedAddress(v6), to: &octets)
        builder.append(.xorMappedAddress(v6), to: &octets)
        builder.append(.errorCode(.roleConflict), to: &octets)
        builder.append(.iceControlling(.max - 1), to: &octets)
        builder.append(.useCandidate, to: &octets)
        builder.append(.priority(.max), to: &octets)
        var unknown = STUNUnknownAttributes()
        for type in 1...5 { unknown.append(STUNAttributeType(rawValue: UInt16(type))) }
        builder.append(.unknownAttributes(unknown), to: &octets)
        builder.appendFingerprint(to: &octets)
        let message = try STUNMessageTests.parse(octets)
        #expect(message.messageClass == .error)
        #expect(message.method == 0xABC)
        #expect(message.transactionID == Self.identifier)
        #expect(message.mappedAddress == v6)
        #expect(message.xorMappedAddress == v6)
        #expect(message.errorCode == .roleConflict)
        #expect(message.role == .controlling(tieBreaker: .max - 1))
        #expect(message.usesCandidate)
        #expect(message.priority == .max)
        #expect(message.unknownAttributes.map { Array(octets[$0]) } == [0, 1, 0, 2, 0, 3, 0, 4])
        #expect(message.hasFingerprint)
    }

    @Test(arguments: [STUNMessage.Class.request, .indication, .success, .error])
    func everyMethodSurvivesBesideTheClass(_ messageClass: STUNMessage.Class) throws {
        for method in UInt16(0)...0xFFF {
            var octets: [UInt8] = []
            _ = STUNMessageBuilder(messageClass, method: method, transactionID: Self.identifier, into: &octets)
            let message = try STUNMessageTests.parse(octets)
            #expect(message.method == method && message.messageClass == messageClass)
        }
    }

    @Test func errorCodesOutsideTheirRangeAndStrangeAddressesAreRefused() {
        let cases: [(STUNAttributeType, [UInt8], STUNParsingError)] = [
            (.errorCode, [0, 0, 2, 99], .wrongErrorCode(299)),
            (.errorCode, [0, 0, 4, 100], .wrongErrorCode(500)),
            (.errorCode, [0, 0, 4], .wrongAttributeLength(.errorCode, octets: 3, expected: 4)),
            (.mappedAddress, [0, 3, 0, 1, 1, 1, 1, 1], .unknownAddressFamily(3)),
            (
                .xorMappedAddress, [0, 2, 0, 1, 1, 1, 1, 1],
                .wrongAttributeLength(.xorMappedAddress, octets: 8, expected: 20)
            ),
            (.priority, [1, 2, 3], .wrongAttributeLength(.priority, octets: 3, expected: 4)),
            (.useCandidate, [1], .wrongAttributeLength(.useCandidate, octets: 1, expected: 0)),
        ]
        for (type, value, error) in cases {
            var octets: [UInt8] = []
            let builder = STUNMessageBuilder(.error, transactionID: Self.identifier, into: &octets)
            builder.append(.other(type, value), to: &octets)
            #expect(throws: error) { try STUNMessageTests.parse(octets) }
        }
    }
}
