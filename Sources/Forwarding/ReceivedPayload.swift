import RTP

/// What a packet's road must know of its payload type: plain data, where `PayloadMapping` counts references.
package struct ReceivedPayload: Sendable {
    package let payloadType: UInt8
    /// The payload type of its retransmissions; `none` where there are none.
    package let rtxPayloadType: UInt8
    package let codec: Codec
    /// Whether the publisher sends again what it is asked for (generic NACK).
    package let isSentAgain: Bool

    /// No payload type: these have seven bits.
    package static let none: UInt8 = 0xFF

    init(_ mapping: PayloadMapping) {
        payloadType = mapping.payloadType
        rtxPayloadType = mapping.rtxPayloadType ?? Self.none
        codec = mapping.format.codec
        isSentAgain = mapping.feedback.contains(.nack)
    }
}
