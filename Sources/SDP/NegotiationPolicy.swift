import RTP

/// What a room takes and gives, whoever asks.
package struct NegotiationPolicy: Sendable {
    /// Sections of one peer in which it may publish: microphone, camera, screen, screen audio, and some to spare.
    package static let defaultMaximumPublishSections = 8
    /// Slots of one peer: six seats, a screen and three extra audio slots make 17.
    package static let defaultMaximumSlots = 40

    /// The room's codecs, the preferred ones first. `red` is accepted only when listed.
    package var codecs: [Codec]
    /// Header extensions taken from publishers. `absoluteSendTime` is used only where `transport-cc` is not, `rid` and
    /// `repairedRid` only with RIDs.
    ///
    /// Without `videoOrientation` a sender turns its pictures before it encodes them. That is wanted: Firefox does not
    /// offer the extension and would show the pictures of a phone held upright lying on their side.
    /// Without `dependencyDescriptor` Chromium writes full VP8 payload descriptors.
    package var receivedExtensions: Set<HeaderExtension>
    /// Header extensions written in slots.
    package var sentExtensions: Set<HeaderExtension>
    /// RTCP feedback that is accepted where offered. `goog-remb` only where `transport-cc` is not.
    package var feedback: FeedbackTypes
    /// Whether an SCTP section is accepted.
    package var acceptsData: Bool
    /// Sections beyond these counts are rejected, one by one, in the order of the offer.
    package var maximumPublishSections: Int
    package var maximumSlots: Int

    package init(
        codecs: [Codec] = [.vp8, .h264, .vp9, .av1, .opus],
        receivedExtensions: Set<HeaderExtension> = [
            .mid, .rid, .repairedRid, .transportSequenceNumber, .absoluteSendTime, .audioLevel,
        ],
        sentExtensions: Set<HeaderExtension> = [.mid, .transportSequenceNumber, .absoluteSendTime, .audioLevel],
        feedback: FeedbackTypes = [.nack, .pli, .fir, .remb, .transportCC],
        acceptsData: Bool = false,
        maximumPublishSections: Int = defaultMaximumPublishSections,
        maximumSlots: Int = defaultMaximumSlots
    ) {
        self.codecs = codecs
        self.receivedExtensions = receivedExtensions
        self.sentExtensions = sentExtensions
        self.feedback = feedback
        self.acceptsData = acceptsData
        self.maximumPublishSections = maximumPublishSections
        self.maximumSlots = maximumSlots
    }
}
