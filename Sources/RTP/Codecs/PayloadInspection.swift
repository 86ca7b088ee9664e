/// The facts about a payload that forwarding needs, for every codec. Never fails: an unreadable payload is marked.
package struct PayloadInspection: Sendable, Equatable, BitwiseCopyable {
    /// The codec-specific descriptor or header of a payload.
    package enum Descriptor: Sendable, Equatable, BitwiseCopyable {
        /// Audio, an empty payload, or an unreadable one.
        case none
        case vp8(VP8PayloadDescriptor)
        case vp9(VP9PayloadDescriptor)
        case h264(H264Payload)
        case av1(AV1Payload)
    }

    /// Whether a receiver can begin to decode with this packet. Always true for audio.
    package private(set) var isKeyframeStart = false
    /// Whether the packet is, or for H.264 and AV1 may be, the first of its frame. Always true for audio.
    package private(set) var isFrameStart = false
    /// 0 if the payload does not state it.
    package private(set) var temporalLayer: UInt8 = 0
    /// 0 if the payload does not state it.
    package private(set) var spatialLayer: UInt8 = 0
    /// Whether the payload is unreadable. An empty one (padding only) is not malformed.
    package private(set) var isMalformed = false
    /// The codec's own description of the payload.
    package private(set) var descriptor = Descriptor.none

    /// Reads `payload`, without padding, as a payload of `codec`.
    package init(codec: Codec, payload: Span<UInt8>) {
        guard payload.count > 0 else { return }
        do throws(PayloadError) {
            switch codec {
            case .opus, .red:
                isKeyframeStart = true
                isFrameStart = true
            case .vp8:
                let vp8 = try VP8PayloadDescriptor(parsing: payload)
                isKeyframeStart = vp8.isKeyframeStart
                isFrameStart = vp8.isFrameStart
                temporalLayer = vp8.temporalLayer ?? 0
                descriptor = .vp8(vp8)
            case .vp9:
                let vp9 = try VP9PayloadDescriptor(parsing: payload)
                isKeyframeStart = vp9.isKeyframeStart
                isFrameStart = vp9.isFrameStart
                temporalLayer = vp9.layers?.temporal ?? 0
                spatialLayer = vp9.layers?.spatial ?? 0
                descriptor = .vp9(vp9)
            case .h264:
                let h264 = try H264Payload(parsing: payload)
                isKeyframeStart = h264.isKeyframeStart
                isFrameStart = h264.isFrameStart
                descriptor = .h264(h264)
            case .av1:
                let av1 = try AV1Payload(parsing: payload)
                isKeyframeStart = av1.isKeyframeStart
                isFrameStart = av1.isFrameStart
                temporalLayer = av1.temporalLayer
                spatialLayer = av1.spatialLayer
                descriptor = .av1(av1)
            }
        } catch {
            isMalformed = true
        }
    }

    /// The VP8 payload descriptor, if the codec is VP8 and the payload is readable.
    package var vp8: VP8PayloadDescriptor? {
        if case .vp8(let descriptor) = descriptor { descriptor } else { nil }
    }

    /// The VP9 payload descriptor, if the codec is VP9 and the payload is readable.
    package var vp9: VP9PayloadDescriptor? {
        if case .vp9(let descriptor) = descriptor { descriptor } else { nil }
    }

    /// The H.264 payload's structure, if the codec is H.264 and the payload is readable.
    package var h264: H264Payload? {
        if case .h264(let payload) = descriptor { payload } else { nil }
    }

    /// The AV1 payload's structure, if the codec is AV1 and the payload is readable.
    package var av1: AV1Payload? {
        if case .av1(let payload) = descriptor { payload } else { nil }
    }
}
