/// What an operator writes to allow pages of other origins.
package enum OriginPattern: Hashable, Sendable {
    /// `*`: every page but those whose origin is `null`.
    case every
    /// `null`: pages of files, sandboxed frames and `data:` URLs, which cannot be told from each other.
    case opaque
    /// `https://example.org`
    case exact(WebOrigin)
    /// `https://*.example.org`: hosts with one label or more before this host, never the host itself.
    case subdomains(of: WebOrigin)

    /// Why a text is none of them: what to write instead.
    package struct Problem: Error, Hashable, Sendable {
        package let remedy: String
    }

    private static let wildcard = "*."

    package init(_ text: String) throws(Problem) {
        if text == "*" {
            self = .every
        } else if text == "null" {
            self = .opaque
        } else if let end = text.firstRange(of: "://"), text[end.upperBound...].hasPrefix(Self.wildcard) {
            let domain = text[end.upperBound...].dropFirst(Self.wildcard.count)
            let origin = try Self.origin("\(text[..<end.upperBound])\(domain)", written: text)
            try Self.checkWildcard(origin)
            self = .subdomains(of: origin)
        } else {
            self = .exact(try Self.origin(text, written: text))
        }
    }

    /// Whether pages of this origin are meant; `nil` stands for `null`.
    func matches(_ origin: WebOrigin?) -> Bool {
        switch self {
        case .every: origin != nil
        case .opaque: origin == nil
        case .exact(let expected): origin == expected
        case .subdomains(let parent):
            origin.map { origin in
                origin.scheme == parent.scheme && origin.port == parent.port && origin.host.hasSuffix(".\(parent.host)")
            } ?? false
        }
    }

    // MARK: Problems

    private static func origin(_ text: String, written: String) throws(Problem) -> WebOrigin {
        if let origin = WebOrigin(text), !["ws", "wss", "file", "data", "blob"].contains(origin.scheme) {
            return origin
        }
        throw Problem(remedy: remedy(for: written))
    }

    /// A wildcard below a top-level domain or an address would allow strangers, or nobody.
    private static func checkWildcard(_ parent: WebOrigin) throws(Problem) {
        let labels = parent.host.split(separator: ".")
        guard parent.host.first != "[", labels.last?.allSatisfy(\.isNumber) != true else {
            throw Problem(remedy: "an address has no subdomains; write the address without *.")
        }
        guard labels.count > 1 || parent.host == "localhost" else {
            throw Problem(
                remedy: "every site below .\(parent.host) would be allowed; name the site as well, as in *.example.org")
        }
    }

    private static func remedy(for text: String) -> String {
        guard let end = text.firstRange(of: "://") else {
            return text.lowercased() == "null"
                ? "write null in small letters"
                : "begin with the scheme, as in https://\(text.isEmpty || text.contains(":") ? "example.org" : text.prefix(80))"
        }
        let scheme = text[..<end.lowerBound].lowercased()
        let rest = text[end.upperBound...]
        switch scheme {
        case "ws", "wss": return "write the origin of the page, which begins with http:// or https://"
        case "file", "data", "blob": return "pages of \(scheme): have the origin null; write null to allow all of these"
        default: break
        }
        if rest.contains("@") { return "leave out the user name: an origin is scheme, host and port" }
        if let extra = rest.firstIndex(where: { "/?#".contains($0) }) {
            return "leave out \"\(rest[extra...].prefix(80))\": an origin ends with its host or port"
        }
        if rest.contains("*") {
            return "a * may stand for the first labels of a name, as in https://*.example.org, or alone for every site"
        }
        if !rest.utf8.allSatisfy({ $0 < 0x80 }) { return "write the host name as browsers send it, in ASCII (xn--...)" }
        return "expected scheme, host and perhaps a port from 1 to 65535, as in https://example.org:8443"
    }
}
