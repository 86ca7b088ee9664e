/// The `Forwarded` field (RFC 7239): an element for each proxy that a request passed, the nearest last.
struct ForwardedElements {
    /// The parameters of one proxy. The first of a name counts.
    struct Element: Equatable {
        /// The node that the proxy was asked by, without quotation marks.
        var client: String?
        var scheme: String?
        var host: String?
    }

    let elements: [Element]

    /// - Parameter fields: every field of the name, in order.
    /// - Returns: `nil` for text against the grammar of section 4: none of it is believed then.
    init?(parsing fields: [String]) {
        var elements: [Element] = []
        for field in fields {
            var rest = Array(field.utf8)[...]
            while true {
                guard let element = Self.element(&rest) else { return nil }
                // Empty elements do not count (RFC 9110 section 5.6.1).
                if element != Element() { elements.append(element) }
                Self.skipSpaces(&rest)
                guard let next = rest.popFirst() else { break }
                guard next == UInt8(ascii: ",") else { return nil }
            }
        }
        self.elements = elements
    }

    /// Reads the pairs up to a comma or the end.
    private static func element(_ rest: inout ArraySlice<UInt8>) -> Element? {
        var element = Element()
        while true {
            skipSpaces(&rest)
            let name = token(&rest).lowercased()
            if !name.isEmpty {
                guard rest.popFirst() == UInt8(ascii: "="), let value = value(&rest) else { return nil }
                switch name {
                case "for": element.client = element.client ?? value
                case "proto": element.scheme = element.scheme ?? value
                case "host": element.host = element.host ?? value
                default: break
                }
            }
            skipSpaces(&rest)
            guard rest.first == UInt8(ascii: ";") else { return element }
            rest.removeFirst()
        }
    }

    /// A token or a quoted-string (RFC 9110 section 5.6.4); colons and brackets are taken without quotation marks too, as
    /// several proxies write them.
    private static func value(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.first == UInt8(ascii: "\"") else {
            let text = token(&rest, with: ":[]")
            return text.isEmpty ? nil : text
        }
        rest.removeFirst()
        var octets: [UInt8] = []
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "\""): return String(validating: octets, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                octets.append(escaped)
            default: octets.append(octet)
            }
        }
        return nil
    }

    private static func token(_ rest: inout ArraySlice<UInt8>, with others: String = "") -> String {
        let octets = rest.prefix { octet in
            0x30...0x39 ~= octet || 0x41...0x5A ~= octet || 0x61...0x7A ~= octet
                || "!#$%&'*+-.^_`|~".utf8.contains(octet) || others.utf8.contains(octet)
        }
        rest = rest.dropFirst(octets.count)
        return String(decoding: octets, as: UTF8.self)
    }

    private static func skipSpaces(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }
}
