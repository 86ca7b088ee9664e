/// One uninterpreted media section (RFC 8866 section 5.14).
package struct MediaDescription: Hashable, Sendable {
    /// `audio`, `video`, `application` or another word.
    package var media: String
    package var port: UInt16
    /// The protocol, such as `UDP/TLS/RTP/SAVPF`.
    package var transportProtocol: String
    package var formats: [String]
    /// The value of the section's `c=` line.
    package var connection: String?
    package var attributes: [SDPAttribute]

    package init(
        media: String, port: UInt16, transportProtocol: String, formats: [String], connection: String? = nil,
        attributes: [SDPAttribute] = []
    ) {
        self.media = media
        self.port = port
        self.transportProtocol = transportProtocol
        self.formats = formats
        self.connection = connection
        self.attributes = attributes
    }

    /// Parses the value of an m-line; `nil` when it is malformed. A number of ports (`/2`) is ignored.
    init?(mLine: Substring) {
        let fields = mLine.fields(Separator.space)
        guard fields.count >= 4, fields[0].isToken,
            let port = UInt16(decimal: fields[1].divided(at: Separator.slash).head)
        else { return nil }
        self.init(
            media: String(fields[0]), port: port, transportProtocol: String(fields[2]),
            formats: fields[3...].map { String($0) })
    }

    /// Appends an attribute.
    mutating func add(_ name: String, _ value: String? = nil) { attributes.append(SDPAttribute(name, value)) }
}
