/// Whether a stream carries sound or pictures.
package enum MediaKind: String, Sendable, CaseIterable {
    case audio
    case video
}

/// The codecs that rooms use. RTX is not one of them: it is a way to send another codec's packets again (RFC 4588).
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

/// A codec together with what must match between two peers for the one to decode the other.
package struct CodecFormat: Hashable, Sendable {
    package var codec: Codec
    /// What distinguishes formats of one codec: `profile-level-id` and `packetization-mode` for H264, `profile-id` for
    /// VP9, `profile` for AV1; keys and values in lower case. Other parameters do not decide whether a peer can decode.
    package var profile: [String: String]

    package init(_ codec: Codec, profile: [String: String] = [:]) {
        self.codec = codec
        self.profile = profile
    }

    /// Whether a peer that accepts `self` can decode what is sent as `other`.
    package func accepts(_ other: CodecFormat) -> Bool {
        guard codec == other.codec else { return false }
        switch codec {
        case .opus, .red, .vp8: return true
        case .vp9: return (profile["profile-id"] ?? "0") == (other.profile["profile-id"] ?? "0")
        case .av1: return (profile["profile"] ?? "0") == (other.profile["profile"] ?? "0")
        case .h264:
            // The profile's first two octets must agree (RFC 6184 section 8.1); a higher level than asked is taken.
            let mine = (profile["profile-level-id"] ?? "42e01f").prefix(4)
            let theirs = (other.profile["profile-level-id"] ?? "42e01f").prefix(4)
            let isConstrainedBaseline = { (text: Substring) in text == "42e0" }
            // A constrained baseline stream plays in a baseline decoder too (RFC 6184 section 8.1).
            guard mine == theirs || (mine == "4200" && isConstrainedBaseline(theirs)) else { return false }
            return (profile["packetization-mode"] ?? "0") == (other.profile["packetization-mode"] ?? "0")
        }
    }
}
