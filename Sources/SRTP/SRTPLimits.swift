/// Limits of the SRTP module.
package enum SRTPLimits {
    /// The longest protected packet, in octets. WebRTC sends no longer UDP datagrams.
    package static let maximumPacketOctets = 2_048

    /// The fixed RTP header (RFC 3550 section 5.1), in octets.
    package static let minimumRTPHeaderOctets = 12

    /// The part of an RTCP packet that stays in clear, in octets (RFC 3711 section 3.4).
    package static let rtcpHeaderOctets = 8

    /// The distance in packets by which a packet may lag behind the newest of its SSRC. RFC 3711 section 3.3.2 requires
    /// at least 64; at 1,000 packets a second this is one second of reordering.
    package static let replayWindowPackets = 1_024

    /// SSRCs with a replay window per peer, for RTP and for RTCP each. A publisher with three simulcast layers, their
    /// retransmissions and audio uses 7. Beyond the limit a new SSRC replaces the one silent for longest, of which only
    /// the newest index is kept.
    package static let maximumStreams = 64

    /// SSRCs of which only the newest index is kept per peer, for RTP and for RTCP each: 64 KiB at most. Then packets
    /// of further SSRCs are refused, because recorded packets of a forgotten SSRC could be replayed.
    package static let maximumSilentStreams = 4_096

    /// The highest SRTCP index (RFC 3711 section 3.4: 31 bits).
    package static let maximumRTCPIndex: UInt32 = 0x7FFF_FFFF

    /// The highest SRTP packet index (RFC 3711 section 3.3.1: 48 bits).
    package static let maximumRTPIndex: UInt64 = 0xFFFF_FFFF_FFFF
}
