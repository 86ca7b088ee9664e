import Primitives

/// Figures that the media thread reports about once a second.
package struct LoadSnapshot: Sendable {
    package var at = MonotonicInstant.zero
    /// Connections that stand.
    package var connected = 0
    /// Connections that were begun.
    package var begun = 0
    /// Connections that ended by themselves, by reason.
    package var failures: [String: Int] = [:]
    /// Connections by SRTP profile.
    package var profiles: [String: Int] = [:]
    package var video = StreamFigures()
    package var audio = StreamFigures()
    /// From setting out to the standing connection, the first packet, the first picture that can be shown.
    package var connectTimes = LatencyHistogram()
    package var firstPacketTimes = LatencyHistogram()
    package var firstPictureTimes = LatencyHistogram()
    /// From approve to the newcomer's first packet and first picture at each other viewer.
    package var promotionPacketTimes = LatencyHistogram()
    package var promotionPictureTimes = LatencyHistogram()
    /// From a viewer's wish for an encoding to its first picture.
    package var layerTimes = LatencyHistogram()
    /// By the place of the link in the settings.
    package var links: [Link] = []
    package var promotions = 0
    /// Promotions of whom no viewer ever showed a picture.
    package var promotionsUnseen = 0
    /// Keyframes that publishers were asked for.
    package var keyframeRequests = 0
    package var packetsSent: Int64 = 0
    package var packetsRetransmitted: Int64 = 0
    /// Time that the media thread was busy.
    package var busy: Duration = .zero

    /// What all viewers behind one kind of link received.
    package struct Link: Sendable {
        package var settings: ViewerLink.Settings
        package var viewers = 0
        package var waits = LatencyHistogram()
        package var octets: Int64 = 0
        package var dropped: Int64 = 0
        package var video = StreamFigures()
        package var audio = StreamFigures()

        init(settings: ViewerLink.Settings) { self.settings = settings }

        mutating func add(_ figures: ViewerLink.Figures, _ video: StreamFigures, _ audio: StreamFigures) {
            viewers += 1
            waits.add(figures.waits)
            octets += figures.octets
            dropped += figures.dropped
            self.video.add(video)
            self.audio.add(audio)
        }
    }

    package init() {}
}
