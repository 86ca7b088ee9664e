/// Names one participant in its room. Numbers count up from 1 and are never used again in the room, so a person who
/// joins again is another participant.
package struct ParticipantID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The largest number: it must fit into the upper 28 bits of a CSRC.
    package static let maximumNumber: UInt32 = 0x0FFF_FFFF

    /// 1 ... `maximumNumber`.
    package let number: UInt32

    /// `nil` when the number is 0 or too large for a CSRC.
    package init?(number: UInt32) {
        guard number > 0, number <= Self.maximumNumber else { return nil }
        self.number = number
    }

    /// Parses the text that `description` writes.
    package init?(_ text: some StringProtocol) {
        guard text.first == "p", let number = UInt32(text.dropFirst()), "p\(number)" == text else { return nil }
        self.init(number: number)
    }

    /// `p` and the number: the name that fronts show to their clients.
    package var description: String { "p\(number)" }

    package static func < (a: ParticipantID, b: ParticipantID) -> Bool { a.number < b.number }

    /// The number that names this participant's source in the CSRC list of forwarded packets.
    package func csrc(of source: TrackSource) -> UInt32 { number &<< 4 | source.csrcBits }
}
