import Primitives

/// How a client behaves.
package struct ClientOptions: Sendable {
    /// Whether missing packets are asked for again (RFC 4585 section 6.2.1), where the answer has `nack`.
    package var sendsNACK = true
    /// Whether keyframes are asked for where a picture cannot be decoded without one (RFC 4585 section 6.3.1).
    package var requestsKeyframes = true
    /// Whether arrivals are reported, where the answer has `transport-cc`.
    package var sendsTransportFeedback = true
    /// Whether media is decrypted and checked. Without, packets are counted by their headers, which are in clear: that
    /// is how one process measures for hundreds of viewers.
    package var opensMedia = true
    /// Where media is not opened otherwise: whether the last packet of each picture, one packet in fifty of sound, and
    /// retransmissions are. That is enough to recognise every packet of a sender that marks its media.
    package var opensMarkedPackets = false
    /// The first sequence number of every encoding; random in the lower half where it is `nil`.
    package var firstSequence: UInt16?
    /// What is added to the monotonic clock to get this client's wall clock, in nanoseconds.
    package var wallClockOffset: Int64 = 0

    package init() {}
}
