/// The value of `a=msid` (RFC 8830): the MediaStream and track of a section.
package struct MediaStreamIdentification: Hashable, Sendable {
    /// `nil` if the track is in no stream (`-`).
    package var streamID: String?
    package var trackID: String?

    init?(_ value: String) {
        let fields = value.fields(Separator.space)
        guard let stream = fields.first else { return nil }
        streamID = stream == "-" ? nil : String(stream)
        trackID = fields.count > 1 ? String(fields[1]) : nil
    }
}
