/// Bounds of what the SRTP module takes.
package enum SRTPLimits {
    /// The longest protected packet, in octets: beyond any UDP datagram that WebRTC sends, and what a receive slot holds.
    package static let maximumPacketOctets = 2_048

    /// The fixed RTP header (RFC 3550 section 5.1), in octets.
    package static let minimumRTPHeaderOctets = 12

    /// The part of an RTCP packet that stays in clear, in octets (RFC 3711 section 3.4).
    package static let rtcpHeaderOctets = 8

    /// How far a packet may lag behind the newest of its SSRC, in packets. RFC 3711 section 3.3.2 asks for 64 at least;
    /// at 1,000 packets a second this is one second of reordering.
    package static let replayWindowPackets = 1_024

    /// SSRCs whose state is kept per peer, for RTP and for RTCP each. A publisher with three simulcast layers, their
    /// retransmissions and sound uses 7. Beyond it the SSRC that was silent for longest gives way: only its newest index is kept.
    package static let maximumStreams = 64

    /// SSRCs of which only the newest index is kept per peer, for RTP and for RTCP each: 64 KiB at most. Packets of any other are
    /// refused then, since whoever recorded one of an SSRC that is forgotten could play it again.
    package static let maximumSilentStreams = 4_096

    /// The highest SRTCP index (RFC 3711 section 3.4: 31 bits).
    package static let maximumRTCPIndex: UInt32 = 0x7FFF_FFFF

    /// The highest SRTP packet index (RFC 3711 section 3.3.1: 48 bits).
    package static let maximumRTPIndex: UInt64 = 0xFFFF_FFFF_FFFF
}
