/// The fields of an RTP header that protection needs: its length, the SSRC and the sequence number (RFC 3550 section
/// 5.1).
struct SRTPHeader {
    /// Length with CSRCs and extension, in octets.
    let count: Int
    let sequence: UInt16
    let ssrc: UInt32

    /// `nil` unless `packet` has version 2 and is at least as long as its header.
    init?(_ packet: UnsafeMutableRawBufferPointer) {
        guard packet.count >= SRTPLimits.minimumRTPHeaderOctets else { return nil }
        let first = unsafe packet[0]
        guard first >> 6 == 2 else { return nil }
        var count = SRTPLimits.minimumRTPHeaderOctets &+ 4 &* Int(first & 0x0F)
        if first & 0x10 != 0 {
            guard count &+ 4 <= packet.count else { return nil }
            let words = unsafe Int(packet[count &+ 2]) &<< 8 | Int(packet[count &+ 3])
            count = count &+ 4 &+ 4 &* words
        }
        guard count <= packet.count else { return nil }
        self.count = count
        sequence = unsafe UInt16(packet[2]) &<< 8 | UInt16(packet[3])
        ssrc = unsafe packet.bigEndianUInt32(at: 8)
    }
}
