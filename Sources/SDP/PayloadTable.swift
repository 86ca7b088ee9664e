import RTP

/// The meanings of the payload types of one m-line, from rtpmap, fmtp and rtcp-fb in any order.
struct PayloadTable: Sendable {
    /// Payload types that must not be used with rtcp-mux (RFC 5761 section 4).
    static let rtcpConflicts: ClosedRange<UInt8> = 64...95

    /// Codecs that the server knows, in the order of the m-line.
    private(set) var payloads: [PayloadMapping] = []
    /// The fmtp of each of `payloads`, and of their RTX.
    private(set) var parameters: [UInt8: FormatParameters] = [:]
    /// The payload types that a RED payload carries (RFC 2198 section 5), by the RED payload type.
    private(set) var redundancy: [UInt8: [UInt8]] = [:]
    /// Names of all listed codecs, known or not, once each: for error texts.
    private(set) var codecNames: [String] = []

    init(formats: [String], attributes: AttributeIndex) {
        var listed: [UInt8] = []
        for format in formats {
            guard let type = UInt8(decimal: format), type < 128, !Self.rtcpConflicts.contains(type),
                !listed.contains(type)
            else { continue }
            listed.append(type)
        }
        var maps: [UInt8: Substring] = [:]
        for value in attributes.all("rtpmap") {
            let (type, map) = value.divided(at: Separator.space)
            if let type = UInt8(decimal: type), let map, maps[type] == nil { maps[type] = map.trimmed }
        }
        for value in attributes.all("fmtp") {
            let (type, text) = value.divided(at: Separator.space)
            if let type = UInt8(decimal: type), let text, parameters[type] == nil {
                parameters[type] = FormatParameters(text.trimmed)
            }
        }
        let feedback = Self.feedback(attributes.all("rtcp-fb"))

        for type in listed {
            guard let map = maps[type] else { continue }
            let name = map.divided(at: Separator.slash).head.lowercased()
            if name != "rtx", !codecNames.contains(name), name.isToken { codecNames.append(name) }
            guard let format = Self.format(map: map, parameters: parameters[type]) else { continue }
            if format.codec == .red {
                let carried = parameters[type]?.text.fields(Separator.slash).compactMap { UInt8(decimal: $0) } ?? []
                redundancy[type] = carried
            }
            payloads.append(
                PayloadMapping(
                    payloadType: type, format: format, feedback: (feedback.all).union(feedback.byType[type] ?? [])))
        }
        // RFC 4588 section 8.1: apt names the payload type that this one retransmits.
        for type in listed {
            guard let map = maps[type], map.divided(at: Separator.slash).head.lowercased() == "rtx",
                let original = parameters[type]?["apt"].flatMap({ UInt8(decimal: $0) }),
                let index = payloads.firstIndex(where: { $0.payloadType == original && $0.rtxPayloadType == nil })
            else { continue }
            payloads[index].rtxPayloadType = type
        }
    }

    /// Feedback by payload type, and for all of them (`*`). Payload types that the m-line does not list are never
    /// looked up.
    private static func feedback(_ values: [String]) -> (byType: [UInt8: FeedbackTypes], all: FeedbackTypes) {
        var byType: [UInt8: FeedbackTypes] = [:]
        var all: FeedbackTypes = []
        for value in values {
            let fields = value.fields(Separator.space)
            guard fields.count >= 2 else { continue }
            let known: FeedbackTypes =
                switch fields[1...].joined(separator: " ") {
                case "nack": .nack
                case "nack pli": .pli
                case "ccm fir": .fir
                case "goog-remb": .remb
                case "transport-cc": .transportCC
                default: []
                }
            if fields[0] == "*" {
                all.formUnion(known)
            } else if let type = UInt8(decimal: fields[0]) {
                byType[type, default: []].formUnion(known)
            }
        }
        return (byType, all)
    }

    /// The format of an rtpmap value such as `VP8/90000`; `nil` for codecs that the server does not know.
    private static func format(map: Substring, parameters: FormatParameters?) -> CodecFormat? {
        let fields = map.fields(Separator.slash)
        guard fields.count >= 2 else { return nil }
        let name = fields[0].lowercased()
        guard let codec = Codec.allCases.first(where: { $0.rawValue.lowercased() == name }),
            UInt32(decimal: fields[1]) == codec.clockRate
        else { return nil }
        let keys: [String] =
            switch codec {
            case .opus, .red, .vp8: []
            case .vp9: ["profile-id"]
            case .h264: ["profile-level-id", "packetization-mode"]
            case .av1: ["profile", "level-idx", "tier"]
            }
        var profile: [String: String] = [:]
        for key in keys {
            guard let value = parameters?[key]?.lowercased() else { continue }
            guard value.isToken else { return nil }
            profile[key] = value
        }
        let format = CodecFormat(codec, profile: profile)
        return format.isUnderstood ? format : nil
    }
}
