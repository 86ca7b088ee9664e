/// Limits of a session description. The largest real offer known, 22 sections untrimmed, has 57 KB, 1,800 lines and 130
/// attributes in a section.
package struct SessionDescriptionLimits: Sendable {
    /// Octets of the whole text.
    package var octets = 256 * 1_024
    /// Lines of the whole text.
    package var lines = 20_000
    /// m-sections.
    package var sections = 64
    /// Octets of one line.
    package var lineOctets = 8_192
    /// Attributes at session level, and in each m-section.
    package var attributes = 1_000
    /// Formats of one m-line: the number of payload types.
    package var formats = 128

    package init() {}

    /// The limits for every offer and answer.
    package static let standard = SessionDescriptionLimits()
}
