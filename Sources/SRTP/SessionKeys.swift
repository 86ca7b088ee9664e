import COpenSSL
import Primitives

/// The session keys of one direction of SRTP or SRTCP, derived once (RFC 3711 section 4.3, key derivation rate 0).
package struct SessionKeys: Sendable {
    /// The purpose of the keys; the raw value is the first of its three labels (RFC 3711 section 4.3.2).
    package enum Purpose: UInt8, Sendable {
        case rtp = 0
        case rtcp = 3
    }

    /// Length of the HMAC-SHA1 key in octets (RFC 3711 section 8.2).
    static let authenticationKeyOctets = 20

    package let profile: SRTPProfile
    /// The AES-128 key.
    package let encryptionKey: [UInt8]
    /// The HMAC-SHA1 key; empty for AEAD.
    package let authenticationKey: [UInt8]
    /// The salt that is XORed with packet index and SSRC.
    package let salt: SessionSalt

    /// Session keys that are already derived, of the profile's lengths.
    package init(profile: SRTPProfile, encryptionKey: [UInt8], authenticationKey: [UInt8], salt: [UInt8]) {
        self.profile = profile
        self.encryptionKey = encryptionKey
        self.authenticationKey = authenticationKey
        self.salt = SessionSalt(profile: profile, octets: salt)
    }

    /// Derives the keys from `master`. Throws if its lengths are not the profile's.
    package init(
        deriving purpose: Purpose, for profile: SRTPProfile, from master: SRTPMasterKey
    ) throws(SRTPError) {
        try master.require(lengthsOf: profile)
        self.profile = profile
        encryptionKey = try Self.derive(count: profile.keyOctets, label: purpose.rawValue, from: master)
        authenticationKey =
            switch profile {
            case .aes128CMHMACSHA1_80:
                try Self.derive(count: Self.authenticationKeyOctets, label: purpose.rawValue + 1, from: master)
            case .aeadAES128GCM: []
            }
        salt = SessionSalt(
            profile: profile,
            octets: try Self.derive(count: profile.saltOctets, label: purpose.rawValue + 2, from: master))
    }

    /// `count` octets of the AES-CM pseudo-random function for `label` (RFC 3711 section 4.3.3). A salt of 12 octets is
    /// followed by two zeros (RFC 7714 section 11).
    package static func derive(count: Int, label: UInt8, from master: SRTPMasterKey) throws(SRTPError) -> [UInt8] {
        var block = master.salt + [UInt8](repeating: 0, count: max(0, 16 - master.salt.count))
        // The label is 48 bits above the end of the 14 octets.
        block[7] ^= label
        var counters: [UInt8] = []
        for counter in 0..<((count + 15) / 16) {
            block[14] = UInt8(truncatingIfNeeded: counter >> 8)
            block[15] = UInt8(truncatingIfNeeded: counter)
            counters += block
        }
        return Array(try encrypt(blocks: counters, key: master.key).prefix(count))
    }

    private static func encrypt(blocks: [UInt8], key: [UInt8]) throws(SRTPError) -> [UInt8] {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .library(call: "EVP_CIPHER_CTX_new", code: 0) }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var encrypted = [UInt8](repeating: 0, count: blocks.count)
        var written: Int32 = 0
        guard unsafe EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1,
            unsafe EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            unsafe EVP_EncryptUpdate(context, &encrypted, &written, blocks, Int32(blocks.count)) == 1,
            written == blocks.count
        else { throw .library(call: "EVP_EncryptUpdate", code: 0) }
        return encrypted
    }
}
