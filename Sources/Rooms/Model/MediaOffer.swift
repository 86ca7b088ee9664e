import SDP

/// A participant's offer and what its sections are for.
package struct MediaOffer: Sendable {
    /// Every section that the participant may need.
    package var offer: Offer
    /// Which section publishes what. Empty: the first audio section is the microphone, the first video section the
    /// camera, the second video section the screen, the second audio section the screen's sound; in a further offer, of
    /// the sections that are new.
    package var publish: [PublishRequest]
    /// What each receiving section is for. Empty: audio and video sections are paired to seats in their order; audio
    /// sections left over carry those without a seat.
    package var slots: [SlotRequest]
    /// Whether the offer is refused where an audio or video section would be rejected, for clients that would not notice
    /// (RFC 9725 section 4.4.3).
    package var refusesPartialAnswers: Bool
    package var answerStyle: AnswerStyle

    package init(
        _ offer: Offer, publish: [PublishRequest] = [], slots: [SlotRequest] = [], refusesPartialAnswers: Bool = false,
        answerStyle: AnswerStyle = .plain
    ) {
        self.offer = offer
        self.publish = publish
        self.slots = slots
        self.refusesPartialAnswers = refusesPartialAnswers
        self.answerStyle = answerStyle
    }
}

/// How a joining participant connects its media.
package enum JoinMedia: Sendable {
    /// Not at all: the participant has signaling alone. Its first offer may come later.
    case none
    /// By an offer.
    case offer(MediaOffer)
    /// By an offer that the front still holds as text of so many octets. It is parsed when nothing else speaks against the
    /// join: parsing costs milliseconds, and the parsed offer several times the memory of its text.
    case unread(octets: Int, parse: @Sendable () throws(OfferError) -> MediaOffer)

    /// Octets of the text that is kept while the join waits.
    var octets: Int {
        switch self {
        case .none, .offer: 0
        case .unread(let octets, _): octets
        }
    }
}
