import Primitives
import RTP

/// One encoding of a published track as it arrives: its buffer, its statistics, its clock.
package final class PublishedEncoding {
    /// Names the encoding among all of a worker; never used again.
    package let number: Int
    package let track: TrackID
    /// The RID of a simulcast layer, `nil` where the track has one encoding.
    package let rid: String?
    /// The SSRC of the media, known from the offer or latched from the first packet.
    package var ssrc: SSRC?
    /// The SSRC of its retransmissions, likewise.
    package var rtxSSRC: SSRC?
    package let buffer: PacketBuffer
    package var statistics: ReceiveStatistics
    package var missing = NackGenerator()
    package var keyframes = KeyframeThrottle()
    package var cache = KeyframeCache()
    package var clock = SenderClock()
    /// The timestamp of the packet before, where payloads are encrypted.
    package var lastTimestamp: UInt32?
    package var lastPacketAt: MonotonicInstant?
    /// The middle 32 bits of the last sender report's NTP time, and when it came (RFC 3550 section 6.4.1, LSR).
    package var lastSenderReport: (middle: UInt32, at: MonotonicInstant)?

    package init(number: Int, track: TrackID, encoding: ReceiveParameters.Encoding, kind: MediaKind, clockRate: UInt32)
    {
        self.number = number
        self.track = track
        rid = encoding.rid
        ssrc = encoding.ssrc
        rtxSSRC = encoding.rtxSSRC
        buffer = PacketBuffer(limits: kind == .video ? .video : .audio)
        statistics = ReceiveStatistics(clockRate: clockRate)
    }

    /// Forgets what was sent: what comes next does not follow it.
    package func interrupt() {
        missing.reset()
        cache.reset()
        keyframes = KeyframeThrottle()
        clock = SenderClock()
        lastPacketAt = nil
    }

    /// Whether packets came lately, so that the encoding may be chosen.
    package func isActive(at now: MonotonicInstant) -> Bool {
        guard let lastPacketAt else { return false }
        return now - lastPacketAt < Self.activeWindow
    }

    /// An encoding that was silent for this long is not chosen for viewers.
    package static let activeWindow = Duration.seconds(1)
}
