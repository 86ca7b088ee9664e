import Primitives
import RTP

/// One slot as its client receives it: counts, what is missing, and whether a keyframe is needed.
package final class ReceivingSlot {
    /// Between two requests for a keyframe.
    package static let keyframeRetry = Duration.seconds(1)
    /// How long a picture may be without a keyframe before the first request: one is mostly under way.
    package static let keyframePatience = Duration.milliseconds(300)

    package let index: Int
    package let parameters: SendParameters
    package internal(set) var statistics: StreamStatistics
    package internal(set) var missing = MissingPackets()
    /// The source of the newest packet: its first CSRC.
    package internal(set) var source: UInt32?
    package internal(set) var lastSenderReport: (report: SenderReport, at: MonotonicInstant)?
    package internal(set) var keyframeRequests = 0
    package internal(set) var nacksSent = 0
    /// Packets of payload types that the answer does not have.
    package internal(set) var unknownPayloadTypes = 0

    /// When a keyframe will be asked for; `nil` while none is needed.
    var keyframeDue: MonotonicInstant?
    let lookup: HeaderExtensionLookup
    /// By payload type: what it is. Absent where unknown.
    private var payloads: [UInt8: Payload] = [:]
    private var givenUpSeen: Int64 = 0

    enum Payload {
        case media(Codec)
        case retransmission(of: Codec)
    }

    init(index: Int, parameters: SendParameters) {
        self.index = index
        self.parameters = parameters
        let clockRate = parameters.payloads.first?.format.codec.clockRate ?? 90_000
        statistics = StreamStatistics(clockRate: clockRate)
        lookup = HeaderExtensionLookup(parameters.extensions)
        for mapping in parameters.payloads {
            payloads[mapping.payloadType] = .media(mapping.format.codec)
            if let rtx = mapping.rtxPayloadType { payloads[rtx] = .retransmission(of: mapping.format.codec) }
        }
    }

    /// What the payload type means in this slot; `nil` where it was not negotiated.
    func payload(of type: UInt8) -> Payload? { payloads[type] }

    var hasNACK: Bool { parameters.payloads.contains { $0.feedback.contains(.nack) } }
    var hasTransportFeedback: Bool { parameters.payloads.contains { $0.feedback.contains(.transportCC) } }

    /// Notes a packet of media, repaired or not, for what pictures need.
    func notePicture(isKeyframeStart: Bool, source: UInt32?, now: MonotonicInstant) {
        if source != self.source {
            self.source = source
            needKeyframe(by: now + Self.keyframePatience)
        }
        if isKeyframeStart {
            statistics.keyframes &+= 1
            keyframeDue = nil
        }
        if missing.givenUp != givenUpSeen {
            givenUpSeen = missing.givenUp
            needKeyframe(by: now)
        }
    }

    /// Asks for a keyframe at `due` at the latest.
    func needKeyframe(by due: MonotonicInstant) {
        guard parameters.kind == .video else { return }
        keyframeDue = earliest(keyframeDue, due)
    }
}

/// A packet of media as a client gets it.
package struct IncomingMedia: Sendable {
    package var slot: Int
    package var payloadType: UInt8
    package var isMarked: Bool
    /// The extended number in the slot's stream, also where it came over RTX.
    package var sequence: Int64
    package var timestamp: UInt32
    /// The number of the true source, where the packet names one.
    package var source: UInt32?
    package var isRetransmission: Bool
    /// Whether the payload is in clear.
    package var isOpened: Bool
    package var isKeyframeStart: Bool
    package var arrival: MonotonicInstant
}
