import Cryptography
import Primitives
import Testing

struct MD5Tests {
    /// RFC 1321 appendix A.5.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ])
    func theVectorsOfRFC1321Match(text: String, digest: String) {
        let octets = MD5.digest(of: Array(text.utf8).span)
        #expect(octets.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined() == digest)
    }
}
