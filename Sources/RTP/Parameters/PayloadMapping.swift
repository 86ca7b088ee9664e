/// The RTCP feedback negotiated for a payload type (RFC 4585 section 4.2).
package struct FeedbackTypes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Generic NACK: `nack`.
    package static let nack = FeedbackTypes(rawValue: 1 << 0)
    /// Picture loss indication: `nack pli`.
    package static let pli = FeedbackTypes(rawValue: 1 << 1)
    /// Full intra request: `ccm fir` (RFC 5104).
    package static let fir = FeedbackTypes(rawValue: 1 << 2)
    /// `goog-remb`.
    package static let remb = FeedbackTypes(rawValue: 1 << 3)
    /// `transport-cc`.
    package static let transportCC = FeedbackTypes(rawValue: 1 << 4)
}

/// The meaning of one payload type in a media section.
package struct PayloadMapping: Hashable, Sendable {
    package var payloadType: UInt8
    package var format: CodecFormat
    /// The payload type of this format's retransmissions (RFC 4588), if negotiated.
    package var rtxPayloadType: UInt8?
    package var feedback: FeedbackTypes

    package init(payloadType: UInt8, format: CodecFormat, rtxPayloadType: UInt8? = nil, feedback: FeedbackTypes = []) {
        self.payloadType = payloadType
        self.format = format
        self.rtxPayloadType = rtxPayloadType
        self.feedback = feedback
    }
}
