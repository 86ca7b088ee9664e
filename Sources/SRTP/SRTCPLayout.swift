import Primitives

/// The offsets of the trailing fields of an SRTCP packet.
struct SRTCPLayout {
    /// Offset of the word with the E bit and the index.
    let indexOffset: Int
    let tagOffset: Int

    /// The layout after `count` octets of RTCP: the tag is last in RFC 3711 section 3.4, and first in RFC 7714 section
    /// 9.2.
    init(profile: SRTPProfile, count: Int) {
        switch profile {
        case .aes128CMHMACSHA1_80: (indexOffset, tagOffset) = (count, count &+ 4)
        case .aeadAES128GCM: (indexOffset, tagOffset) = (count &+ profile.rtpOverhead, count)
        }
    }
}
