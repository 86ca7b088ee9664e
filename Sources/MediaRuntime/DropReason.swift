/// Why a datagram or a packet was dropped: every discard has a name and a counter.
package enum DropReason: String, Sendable, CaseIterable {
    /// First octets that belong to no protocol spoken here (RFC 7983).
    case unknownProtocol
    /// A STUN message that names no peer of this worker.
    case unknownPeer
    /// A STUN message that is malformed, not authentic, or that a lite agent does not answer.
    case invalidSTUN
    /// DTLS, RTP or RTCP from an address that ICE has not validated.
    case unvalidatedAddress
    /// More DTLS datagrams wait than the worker keeps.
    case handshakeQueueFull
    /// RTP or RTCP before the handshake is through.
    case notEstablished
    /// The SRTP tag is wrong.
    case srtpAuthentication
    /// An SRTP or SRTCP packet that came before.
    case srtpReplay
    case srtpMalformed
    case rtpMalformed
    /// RTCP of which no further packet can be told from the rest: a length or version is wrong, or there are too many.
    case rtcpMalformed
    /// One packet of an RTCP datagram that cannot be read; the others were.
    case rtcpPartMalformed
    /// An SSRC that neither the offer nor MID and RID explain.
    case unknownSSRC
    /// More SSRCs than one peer may use.
    case tooManySSRCs
    /// A packet of a participant who is not on stage.
    case gateClosed
    /// A payload type that the answer does not have.
    case unknownPayloadType
    /// A payload that its codec cannot have.
    case payloadMalformed
    /// A packet that is stored already, is too old or too large.
    case notStored
    /// A retransmission that was asked for and is no longer kept.
    case retransmissionGone
    /// A retransmission that was asked for too often or too much.
    case retransmissionRefused
    /// A datagram that the kernel did not take.
    case sendFailed
}

/// One counter per reason.
struct DropCounters {
    private var counts: [DropReason: UInt64] = [:]

    mutating func count(_ reason: DropReason, by number: UInt64 = 1) { counts[reason, default: 0] &+= number }

    /// The counters by name, only of reasons that occurred.
    var byName: [String: UInt64] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }
}
