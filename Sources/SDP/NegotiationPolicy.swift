import RTP

/// The rules of negotiation in a room, equal for all participants.
package struct NegotiationPolicy: Sendable {
    /// Publish sections of one peer: microphone, camera, screen, screen audio, and some spare ones.
    package static let defaultMaximumPublishSections = 8
    /// Slots of one peer: six seats, a screen and three extra audio slots make 17.
    package static let defaultMaximumSlots = 40

    /// The room's codecs, the preferred ones first. `red` is accepted only when listed.
    package var codecs: [Codec]
    /// Header extensions accepted from publishers. `absoluteSendTime` is used only without `transport-cc`. `rid` and
    /// `repairedRid` are accepted without RIDs too.
    ///
    /// Without `videoOrientation` a sender rotates its frames before it encodes them. This is intended, because Firefox
    /// does not offer the extension and would show the video of an upright phone sideways. `dependencyDescriptor` is
    /// accepted only where AV1 comes first, because Chromium then leaves the picture ids out of VP8's payload descriptors.
    package var receivedExtensions: Set<HeaderExtension>
    /// Header extensions accepted in slots. `rid` and `repairedRid` are never written: they are accepted because Chromium can
    /// offer simulcast in a later section only where every answer before accepted them.
    package var sentExtensions: Set<HeaderExtension>
    /// RTCP feedback that is accepted if offered; `goog-remb` only without `transport-cc`.
    package var feedback: FeedbackTypes
    /// Whether an SCTP section is accepted.
    package var acceptsData: Bool
    /// Sections beyond these counts are rejected, one by one, in the order of the offer.
    package var maximumPublishSections: Int
    package var maximumSlots: Int

    package init(
        codecs: [Codec] = [.vp8, .h264, .vp9, .av1, .opus],
        receivedExtensions: Set<HeaderExtension> = [
            .mid, .rid, .repairedRid, .transportSequenceNumber, .absoluteSendTime, .audioLevel, .dependencyDescriptor,
        ],
        sentExtensions: Set<HeaderExtension> = [
            .mid, .rid, .repairedRid, .transportSequenceNumber, .absoluteSendTime, .audioLevel,
        ],
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
