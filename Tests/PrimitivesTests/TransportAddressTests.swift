import Primitives
import Testing

struct TransportAddressTests {
    @Test(arguments: ["192.0.2.1", "127.0.0.1", "2001:db8::1", "::1", "fe80::1"])
    func textRoundTrips(_ text: String) throws {
        let address = try #require(TransportAddress(text, port: 5000))
        #expect(address.host == text)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "host", "::g", "[::1]", "1.2.3.4 "])
    func otherTextIsRefused(_ text: String) {
        #expect(TransportAddress(text, port: 1) == nil)
    }

    @Test func mappedAddressesBecomeIPv4() throws {
        let mapped = try #require(TransportAddress("::ffff:10.0.0.1", port: 9))
        #expect(mapped == TransportAddress(v4: 10, 0, 0, 1, port: 9))
        #expect(try #require(TransportAddress("::1", port: 9)).isLoopback)
        #expect(try #require(TransportAddress("fe80::1", port: 9)).isLinkLocal)
    }
}
