/// Whether a stream carries audio or video.
package enum MediaKind: String, Sendable, CaseIterable {
    case audio
    case video
}

/// The codecs that rooms use. RTX is not one of them, because it retransmits another codec's packets (RFC 4588).
package enum Codec: String, Hashable, Sendable, CaseIterable {
    case opus
    /// Redundant audio of Opus packets (RFC 2198).
    case red
    case vp8 = "VP8"
    case vp9 = "VP9"
    case h264 = "H264"
    case av1 = "AV1"

    package var kind: MediaKind {
        switch self {
        case .opus, .red: .audio
        case .vp8, .vp9, .h264, .av1: .video
        }
    }

    /// Ticks of the RTP timestamp per second.
    package var clockRate: UInt32 {
        switch self {
        case .opus, .red: 48_000
        case .vp8, .vp9, .h264, .av1: 90_000
        }
    }
}
