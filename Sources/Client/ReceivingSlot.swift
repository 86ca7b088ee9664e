import Primitives
import RTP

/// One slot as its client receives it: counts, missing packets, and whether a keyframe is needed.
package final class ReceivingSlot {
    /// The time between two keyframe requests.
    package static let keyframeRetry = Duration.seconds(1)
    /// The time to wait for a keyframe before the first request, because one is usually on its way.
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
    /// The number of packets with payload types that the answer does not have.
    package internal(set) var unknownPayloadTypes = 0

    /// When the next keyframe request is due; `nil` while none is needed.
    var keyframeDue: MonotonicInstant?
    let lookup: HeaderExtensionLookup
    /// The meanings of payload types.
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

    /// The meaning of a payload type in this slot; `nil` if it was not negotiated.
    func payload(of type: UInt8) -> Payload? { payloads[type] }

    var hasNACK: Bool { parameters.payloads.contains { $0.feedback.contains(.nack) } }
    var hasTransportFeedback: Bool { parameters.payloads.contains { $0.feedback.contains(.transportCC) } }

    /// Updates the need for a keyframe after a media packet, repaired or not.
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

    /// Schedules a keyframe request no later than `due`.
    func needKeyframe(by due: MonotonicInstant) {
        guard parameters.kind == .video else { return }
        keyframeDue = earliest(keyframeDue, due)
    }
}

/// A received media packet.
package struct IncomingMedia: Sendable {
    package var slot: Int
    package var payloadType: UInt8
    package var isMarked: Bool
    /// The extended sequence number in the slot's stream, also of a packet that came as RTX.
    package var sequence: Int64
    package var timestamp: UInt32
    /// The number of the true source (CSRC), if the packet has one.
    package var source: UInt32?
    package var isRetransmission: Bool
    /// Whether the payload is decrypted.
    package var isOpened: Bool
    package var isKeyframeStart: Bool
    package var arrival: MonotonicInstant
}
