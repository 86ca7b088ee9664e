/// The SRTP protection profiles that the server supports, by their DTLS-SRTP numbers (RFC 5764 section 4.1.2, RFC 7714
/// section 14.2).
package enum SRTPProfile: UInt16, Sendable, CaseIterable {
    case aes128CMHMACSHA1_80 = 0x0001
    case aeadAES128GCM = 0x0007

    /// Length of the master key in octets.
    package var keyOctets: Int { 16 }

    /// Length of the master salt in octets.
    package var saltOctets: Int {
        switch self {
        case .aes128CMHMACSHA1_80: 14
        case .aeadAES128GCM: 12
        }
    }

    /// Octets that protection adds to an RTP packet.
    package var rtpOverhead: Int {
        switch self {
        case .aes128CMHMACSHA1_80: 10
        case .aeadAES128GCM: 16
        }
    }

    /// Octets that protection adds to an RTCP packet: the tag and the SRTCP index.
    package var rtcpOverhead: Int { rtpOverhead + 4 }
}

/// The master key and salt of one direction.
package struct SRTPMasterKey: Sendable {
    package var key: [UInt8]
    package var salt: [UInt8]

    package init(key: [UInt8], salt: [UInt8]) {
        self.key = key
        self.salt = salt
    }
}

/// The SRTP keys that a DTLS handshake yields (RFC 5764 section 4.2).
package struct SRTPKeyingMaterial: Sendable {
    package var profile: SRTPProfile
    /// The key for packets that this end sends.
    package var local: SRTPMasterKey
    /// The key for packets that the peer sends.
    package var remote: SRTPMasterKey

    package init(profile: SRTPProfile, local: SRTPMasterKey, remote: SRTPMasterKey) {
        self.profile = profile
        self.local = local
        self.remote = remote
    }
}
