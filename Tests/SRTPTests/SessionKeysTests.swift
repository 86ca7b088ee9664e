import Primitives
import SRTP
import TestSupport
import Testing

struct SessionKeysTests {
    @Test func allSixLabelsGiveTheKeysOfRFC3711() throws {
        let vectors = try RFC3711Vectors.read().B3_kdf
        let master = SRTPMasterKey(
            key: try #require([UInt8](hexadecimal: vectors.master_key)),
            salt: try #require([UInt8](hexadecimal: vectors.master_salt)))
        let expected = [
            vectors.cipher_key_label00, vectors.auth_key_label01_94octets, vectors.cipher_salt_label02,
            vectors.srtcp_cipher_key_label03, vectors.srtcp_auth_key_label04_20octets, vectors.srtcp_salt_label05,
        ]
        for (label, text) in expected.enumerated() {
            let derived = try SessionKeys.derive(count: text.count / 2, label: UInt8(label), from: master)
            #expect(derived.hexadecimal == text, "label \(label)")
        }

        let rtp = try SessionKeys(deriving: .rtp, for: .aes128CMHMACSHA1_80, from: master)
        #expect(rtp.encryptionKey.hexadecimal == vectors.cipher_key_label00)
        #expect(rtp.authenticationKey.hexadecimal == String(vectors.auth_key_label01_94octets.prefix(40)))
        let rtcp = try SessionKeys(deriving: .rtcp, for: .aes128CMHMACSHA1_80, from: master)
        #expect(rtcp.encryptionKey.hexadecimal == vectors.srtcp_cipher_key_label03)
        #expect(rtcp.authenticationKey.hexadecimal == vectors.srtcp_auth_key_label04_20octets)
    }

    @Test(arguments: SRTPProfile.allCases) func masterKeysOfOtherLengthsAreRefused(profile: SRTPProfile) {
        var master = ProtectedPackets.masterKey(profile)
        master.salt.append(0)
        #expect(throws: SRTPError.saltLength(expected: profile.saltOctets, actual: profile.saltOctets + 1)) {
            try SRTPReceiver(profile: profile, key: master)
        }
        master.key = []
        #expect(throws: SRTPError.keyLength(expected: 16, actual: 0)) {
            try SealingEngine().makeKey(profile: profile, master: master)
        }
        #expect(throws: SRTPError.keyLength(expected: 16, actual: 0)) {
            try SRTPProtector(profile: profile, key: master)
        }
    }
}
