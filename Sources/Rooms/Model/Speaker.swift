/// A participant in whose audio somebody speaks.
package struct Speaker: Hashable, Sendable {
    package var participant: ParticipantID
    /// 0 (silence) to 1 (overload).
    package var loudness: Double

    package init(participant: ParticipantID, loudness: Double) {
        self.participant = participant
        self.loudness = loudness
    }
}
