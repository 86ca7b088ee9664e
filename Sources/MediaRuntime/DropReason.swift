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
    /// A DTLS record that belongs neither to the handshake nor to the session, or comes again.
    case dtlsRecord
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
    /// More SSRCs than one peer may use at a time.
    case tooManySSRCs
    /// A late packet of an SSRC whose encoding goes on with another.
    case supersededSSRC
    /// A packet of a participant who is not on stage.
    case gateClosed
    /// A payload type that the answer does not have.
    case unknownPayloadType
    /// A payload that its codec cannot have.
    case payloadMalformed
    /// A publisher's retransmission too short for the number of the packet that it repeats (RFC 4588 section 4).
    case retransmissionMalformed
    /// A packet that is stored already, or is too old; a retransmission of one that is not missing.
    case notStored
    /// A payload of more than `PacketBuffer.maximumPayload` octets.
    case payloadTooLarge
    /// A NACK, PLI or FIR for an SSRC that none of the viewer's slots has.
    case feedbackForUnknownSSRC
    /// A retransmission that was asked for and is no longer kept.
    case retransmissionGone
    /// A retransmission of what is not sent again: the slot has no RTX, or the packet is redundant audio.
    case retransmissionNotNegotiated
    /// A retransmission that was asked for too often or too much.
    case retransmissionRefused
    /// A packet for a peer to which nothing may be sent at the moment: ICE has no path to it.
    case senderClosed
    /// A datagram that the kernel did not take.
    case sendFailed
    /// A datagram for a TCP connection that takes too little: too much waits, or it has waited for too long.
    case connectionFull
}

/// One counter per reason.
struct DropCounters {
    private var counts: [DropReason: UInt64] = [:]

    mutating func count(_ reason: DropReason, by number: UInt64 = 1) {
        if number > 0 { counts[reason, default: 0] &+= number }
    }

    /// The counters by name, only of reasons that occurred.
    var byName: [String: UInt64] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }
}
