/// The characters of user name fragments, passwords and foundations: `ice-char` of RFC 8839 section 5.1.
enum ICECharacters {
    /// The 64 characters in order; six random bits choose one.
    static let all = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func contains(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// `count` random characters, six bits of the generator each.
    static func random(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
        let octets = (0..<count).map { _ in all[Int(generator.next() & 63)] }
        return String(decoding: octets, as: UTF8.self)
    }
}
