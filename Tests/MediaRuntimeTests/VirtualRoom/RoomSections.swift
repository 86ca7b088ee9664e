import ICE
import MediaControl
import Primitives
import RTP

/// Sections as a negotiation would make them: publishers and viewers have different numbers for the same things, so that
/// what is not rewritten shows.
enum RoomSections {
    static let publisherExtensions: HeaderExtensionMap = {
        var map = HeaderExtensionMap()
        map[.audioLevel] = 1
        map[.transportSequenceNumber] = 3
        map[.mid] = 4
        map[.rid] = 10
        map[.repairedRid] = 11
        return map
    }()

    static let viewerExtensions: HeaderExtensionMap = {
        var map = HeaderExtensionMap()
        map[.transportSequenceNumber] = 5
        map[.audioLevel] = 6
        return map
    }()

    private static let videoFeedback: FeedbackTypes = [.nack, .pli, .transportCC]

    static func publishedAudio(mid: String) -> ReceiveParameters {
        ReceiveParameters(
            mid: mid, kind: .audio,
            payloads: [PayloadMapping(payloadType: 111, format: CodecFormat(.opus), feedback: .transportCC)],
            extensions: publisherExtensions, encodings: [.init()])
    }

    /// - Parameter rids: of simulcast layers, the smallest first; empty for one encoding.
    static func publishedVideo(mid: String, rids: [String] = [], codec: Codec = .vp8) -> ReceiveParameters {
        ReceiveParameters(
            mid: mid, kind: .video,
            payloads: [
                PayloadMapping(
                    payloadType: 96, format: CodecFormat(codec), rtxPayloadType: 97, feedback: videoFeedback)
            ],
            extensions: publisherExtensions, encodings: rids.isEmpty ? [.init()] : rids.map { .init(rid: $0) })
    }

    static func audioSlot(mid: String, ssrc: UInt32, cname: String, takesRED: Bool = false) -> SendParameters {
        let red = PayloadMapping(payloadType: 63, format: CodecFormat(.red), feedback: .transportCC)
        let opus = PayloadMapping(payloadType: 109, format: CodecFormat(.opus), feedback: .transportCC)
        return SendParameters(
            mid: mid, kind: .audio, payloads: takesRED ? [red, opus] : [opus],
            extensions: viewerExtensions, ssrc: SSRC(ssrc), cname: cname)
    }

    static func videoSlot(mid: String, ssrc: UInt32, cname: String, codec: Codec = .vp8) -> SendParameters {
        // As browsers offer H.264.
        let profile = codec == .h264 ? ["profile-level-id": "42e01f", "packetization-mode": "1"] : [:]
        return SendParameters(
            mid: mid, kind: .video,
            payloads: [
                PayloadMapping(
                    payloadType: 120, format: CodecFormat(codec, profile: profile), rtxPayloadType: 121,
                    feedback: videoFeedback)
            ],
            extensions: viewerExtensions, ssrc: SSRC(ssrc), rtxSSRC: SSRC(ssrc + 1), cname: cname)
    }
}
