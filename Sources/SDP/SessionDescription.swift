/// A session description (RFC 8866): the uninterpreted lines of an offer or answer, in order.
///
/// Lines that WebRTC does not use (`i=`, `b=`, `k=` and others) are skipped when parsing and not written.
package struct SessionDescription: Hashable, Sendable {
    /// The value of `o=`.
    package var origin: String
    /// Attributes before the first m-section.
    package var attributes: [SDPAttribute]
    package var media: [MediaDescription]

    package init(origin: String, attributes: [SDPAttribute] = [], media: [MediaDescription] = []) {
        self.origin = origin
        self.attributes = attributes
        self.media = media
    }

    /// The text, its lines ended by CRLF.
    package var serialized: String {
        var text = "v=0\r\no=\(origin)\r\ns=-\r\nt=0 0\r\n"
        write(attributes, to: &text)
        for section in media {
            text += "m=\(section.media) \(section.port) \(section.transportProtocol)"
            for format in section.formats { text += " " + format }
            text += "\r\n"
            if let connection = section.connection { text += "c=\(connection)\r\n" }
            write(section.attributes, to: &text)
        }
        return text
    }

    private func write(_ attributes: [SDPAttribute], to text: inout String) {
        for attribute in attributes {
            text += "a=" + attribute.name
            if let value = attribute.value { text += ":" + value }
            text += "\r\n"
        }
    }

    /// Appends an attribute at session level.
    mutating func add(_ name: String, _ value: String? = nil) { attributes.append(SDPAttribute(name, value)) }
}
