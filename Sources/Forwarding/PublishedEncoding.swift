import Primitives
import RTP

/// One source of one encoding of a published track as it arrives: its buffer, its statistics, its clock. An encoding that goes
/// on with another SSRC gets another of these.
package final class PublishedEncoding {
    package let id: EncodingID
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
    package var clock = PublisherClock()
    package var activity = SourceActivity()
    package var rate = RateMeter()
    /// The size of the newest keyframe that told it.
    package var pictureSize: PictureSize?
    /// Whether a keyframe of the encoding was ever told from other pictures, which encryption may prevent.
    package var tellsKeyframes = false
    /// The timestamp of the packet before, where payloads are encrypted.
    package var lastTimestamp: UInt32?
    /// When the last packet of the SSRC came, whether or not it was new or went through the gate; `nil` before the first.
    package var lastPacketAt: MonotonicInstant?
    /// The middle 32 bits of the last sender report's NTP time, and when it came (RFC 3550 section 6.4.1, LSR).
    package var lastSenderReport: (middle: UInt32, at: MonotonicInstant)?
    /// The source that this one followed, kept for viewers that still miss packets of it.
    package var predecessor: PublishedEncoding?
    private let clockRate: UInt32
    private let kind: MediaKind

    package init(
        id: EncodingID, track: TrackID, encoding: ReceiveParameters.Encoding, kind: MediaKind, clockRate: UInt32
    ) {
        self.id = id
        self.track = track
        self.kind = kind
        self.clockRate = clockRate
        rid = encoding.rid
        ssrc = encoding.ssrc
        rtxSSRC = encoding.rtxSSRC
        buffer = PacketBuffer(limits: kind == .video ? .video : .audio)
        statistics = ReceiveStatistics(clockRate: clockRate)
    }

    /// Another source of the same encoding. Nothing of the first one's packets is true of the second's, but its pictures
    /// are probably as large, which keeps viewers at this encoding until a keyframe says so.
    package convenience init(id: EncodingID, following other: PublishedEncoding, ssrc: SSRC, rtxSSRC: SSRC?) {
        self.init(
            id: id, track: other.track, encoding: .init(rid: other.rid, ssrc: ssrc, rtxSSRC: rtxSSRC),
            kind: other.kind, clockRate: other.clockRate)
        pictureSize = other.pictureSize
        rate = other.rate
        tellsKeyframes = other.tellsKeyframes
        predecessor = other
    }

    /// Forgets what was sent: what comes next does not follow it.
    package func interrupt() {
        missing.reset()
        cache.reset()
        keyframes = KeyframeThrottle()
        clock = PublisherClock()
        activity = SourceActivity()
    }

    /// Whether the encoding's pictures are larger than another's: by their sizes where both are known, else by rates that are
    /// far enough apart. Never by the order of RIDs: OBS names the largest `0`, Unity lists `h`, `m`, `l`.
    package func isLarger(than other: PublishedEncoding) -> Bool {
        if let size = pictureSize, let otherSize = other.pictureSize, size.area != otherSize.area {
            return size.area > otherSize.area
        }
        guard let rate = rate.value, let otherRate = other.rate.value else { return false }
        // Neighbouring layers differ by a factor of 2 and more; what comes and goes with the picture's content is less.
        return rate.bitsPerSecond / 3 > otherRate.bitsPerSecond / 2
    }
}

extension PictureSize {
    /// Samples of the picture.
    fileprivate var area: Int { Int(width) &* Int(height) }
}
