import Primitives

/// Options of a client.
package struct ClientOptions: Sendable {
    /// Whether the client requests missing packets (RFC 4585 section 6.2.1), if the answer has `nack`.
    package var sendsNACK = true
    /// Whether the client requests a keyframe if it cannot decode without one (RFC 4585 section 6.3.1).
    package var requestsKeyframes = true
    /// Whether the client reports arrivals, if the answer has `transport-cc`.
    package var sendsTransportFeedback = true
    /// Whether the client decrypts and authenticates media. Otherwise it counts packets by their headers, which are in
    /// clear, so that one process can measure for hundreds of viewers.
    package var opensMedia = true
    /// Without `opensMedia`: whether the client decrypts the last packet of each frame, one audio packet in fifty, and
    /// retransmissions. This suffices to recognise every packet of a sender that marks its media.
    package var opensMarkedPackets = false
    /// Whether the client waits for the server's ClientHello (`a=setup:passive`) instead of sending one.
    package var awaitsHandshake = false
    /// Whether the client sends consent checks after the nomination; without them the server may not send (RFC 7675).
    package var sendsConsentChecks = true
    /// The first sequence number of every encoding; `nil` means random in the lower half.
    package var firstSequence: UInt16?
    /// The offset from the monotonic clock to this client's wall clock, in nanoseconds.
    package var wallClockOffset: Int64 = 0

    package init() {}
}
