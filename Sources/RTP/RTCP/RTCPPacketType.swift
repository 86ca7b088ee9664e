/// The RTCP packet types that the server reads and writes.
package enum RTCPPacketType: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// SR (RFC 3550 section 6.4.1)
    case senderReport = 200
    /// RR (RFC 3550 section 6.4.2)
    case receiverReport = 201
    /// SDES (RFC 3550 section 6.5)
    case sourceDescription = 202
    /// BYE (RFC 3550 section 6.6)
    case goodbye = 203
    /// RTPFB (RFC 4585 section 6.2)
    case transportFeedback = 205
    /// PSFB (RFC 4585 section 6.3)
    case payloadFeedback = 206
    /// XR (RFC 3611)
    case extendedReport = 207
}

/// The formats of the two feedback packet types.
enum FeedbackFormat {
    /// RTPFB: generic NACK (RFC 4585 section 6.2.1)
    static let nack: UInt8 = 1
    /// RTPFB: transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1)
    static let transportWide: UInt8 = 15
    /// PSFB: picture loss indication (RFC 4585 section 6.3.1)
    static let pictureLoss: UInt8 = 1
    /// PSFB: full intra request (RFC 5104 section 4.3.1)
    static let fullIntra: UInt8 = 4
    /// PSFB: application layer feedback (RFC 4585 section 6.4), of which REMB is one
    static let application: UInt8 = 15
}
