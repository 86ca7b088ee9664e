import Primitives

/// The origin of a web page as browsers send it in `Origin` (RFC 6454 section 6.2): scheme, host and port.
///
/// Equal origins are equal values: letters of the scheme and the host are small, and the default port is left out.
package struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    package let scheme: String
    /// A name in ASCII, an IPv4 address, or an IPv6 address in brackets.
    package let host: String
    /// `nil` for the scheme's default port.
    package let port: UInt16?

    /// Octets of an origin; a host name has at most 253.
    static let maximumOctets = 512

    /// `nil` for every other text, such as one with a path, a user name or letters beyond ASCII.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Self.maximumOctets else { return nil }
        let text = text.lowercased()
        guard let end = text.firstRange(of: "://"), Self.isScheme(text[..<end.lowerBound]) else { return nil }
        self.init(scheme: String(text[..<end.lowerBound]), authority: text[end.upperBound...])
    }

    /// The origin of the pages that are served at an authority, as `Host` has it (RFC 9110 section 7.2).
    package init?(scheme: String, authority: some StringProtocol) {
        let authority = authority.lowercased()
        // A colon within brackets is of the address.
        let hostEnd = authority.lastIndex(of: "]").map { authority.index(after: $0) } ?? authority.firstIndex(of: ":")
        let rest = hostEnd.map { authority[$0...] } ?? ""
        guard let host = Self.host(hostEnd.map { authority[..<$0] } ?? authority[...]) else { return nil }
        let defaultPort: UInt16? = scheme == "https" ? 443 : scheme == "http" ? 80 : nil
        if rest.isEmpty {
            port = nil
        } else {
            let digits = rest.dropFirst()
            guard rest.first == ":", (1...5).contains(digits.utf8.count),
                digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt16(digits), number > 0
            else { return nil }
            port = number == defaultPort ? nil : number
        }
        self.scheme = scheme
        self.host = host
    }

    package var description: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }

    /// RFC 3986 section 3.1, in small letters.
    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, 0x61...0x7A ~= first else { return false }
        return text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || "+-.".utf8.contains($0) }
    }

    private static func host(_ text: Substring) -> String? {
        if text.first == "[" {
            guard text.last == "]", let address = TransportAddress(text.dropFirst().dropLast(), port: 0) else {
                return nil
            }
            return address.family == .v6 ? "[\(address.host)]" : String(text)
        }
        // A dot at the end is of the name (RFC 1034 section 3.1); labels are not empty.
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard !(labels.last == "" ? labels.dropLast() : labels[...]).contains(""), text != "." else { return nil }
        let isName = text.utf8.allSatisfy {
            0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || "-._".utf8.contains($0)
        }
        return isName && !text.isEmpty ? String(text) : nil
    }
}
