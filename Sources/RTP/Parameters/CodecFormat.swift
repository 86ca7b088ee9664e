/// A codec together with the parameters that decide whether one peer can decode what another sends.
package struct CodecFormat: Hashable, Sendable {
    package var codec: Codec
    /// As in `a=fmtp`: `profile-level-id` and `packetization-mode` for H264, `profile-id` for VP9, `profile`, `level-idx`
    /// and `tier` for AV1; keys and values in lower case. Formats are compared by meaning (`accepts`), never by these texts.
    package var profile: [String: String]

    package init(_ codec: Codec, profile: [String: String] = [:]) {
        self.codec = codec
        self.profile = profile
    }

    /// Whether the server supports the parameters: numbers are well formed, the H264 profile is known, the
    /// packetization mode is 0 or 1.
    package var isUnderstood: Bool {
        switch codec {
        case .opus, .red, .vp8: true
        case .vp9: vp9Profile != nil
        case .av1: AV1Format(profile) != nil
        case .h264: H264Format(profile) != nil
        }
    }

    /// Whether a receiver that negotiated `self` can decode `stream`.
    package func accepts(_ stream: CodecFormat) -> Bool { distance(to: stream) != nil }

    /// The distance from `stream` to `self`: 0 if both mean the same, larger the more a receiver of `self` can decode
    /// beyond `stream`, `nil` if it cannot decode `stream`. Of a receiver's payload types the one with the smallest
    /// distance is used.
    package func distance(to stream: CodecFormat) -> Int? {
        guard codec == stream.codec else { return nil }
        switch codec {
        case .opus, .red, .vp8:
            return 0
        case .vp9:
            // Profiles 0 to 3 differ in bit depth and subsampling; none is a part of another (RFC 9628 section 6).
            guard let mine = vp9Profile, mine == stream.vp9Profile else { return nil }
            return 0
        case .av1:
            guard let mine = AV1Format(profile), let theirs = AV1Format(stream.profile), mine.accepts(theirs) else {
                return nil
            }
            return (mine.profile - theirs.profile) * 2 + (mine.holds(theirs) ? 0 : 1)
        case .h264:
            guard let mine = H264Format(profile), let theirs = H264Format(stream.profile), mine.accepts(theirs) else {
                return nil
            }
            // First the same profile in the same mode, then in the other mode, then other profiles by their additional
            // tools.
            let profileSteps = mine.profile == theirs.profile ? 0 : mine.profile.decodes.count
            let modeSteps = mine.packetizationMode == theirs.packetizationMode ? 0 : 1
            return (profileSteps * 2 + modeSteps) * 2 + (mine.level >= theirs.level ? 0 : 1)
        }
    }

    /// How widely receivers can decode the format, among those of its codec: 0 is best.
    package var rank: Int {
        switch codec {
        case .opus, .red, .vp8: return 0
        case .vp9: return vp9Profile ?? Self.lastRank
        case .av1: return AV1Format(profile)?.profile ?? Self.lastRank
        case .h264:
            guard let format = H264Format(profile) else { return Self.lastRank }
            // Mode 1 (fragments) before mode 0 (single NAL units), which limits a slice to a packet.
            return format.profile.rank + (format.packetizationMode == .nonInterleaved ? 0 : Self.lastRank / 2)
        }
    }

    private static let lastRank = 200

    /// `profile-id` (RFC 9628 section 6): 0 if missing, `nil` unless it is 0 to 3.
    private var vp9Profile: Int? { Self.number(profile["profile-id"], default: 0, in: 0...3) }

    /// A decimal number without sign; the default if it is missing, `nil` if it is malformed or out of range.
    static func number(_ text: String?, default missing: Int, in range: ClosedRange<Int>) -> Int? {
        guard let text else { return missing }
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Int(text),
            range.contains(number)
        else { return nil }
        return number
    }
}

extension Sequence<PayloadMapping> {
    /// The receiver's payload type for `stream`: the nearest that can decode it, the first of equally near ones; `nil`
    /// if none can.
    package func nearest(to stream: CodecFormat) -> PayloadMapping? {
        var best: (mapping: PayloadMapping, distance: Int)?
        for mapping in self {
            guard let distance = mapping.format.distance(to: stream) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (mapping, distance) }
        }
        return best?.mapping
    }
}
