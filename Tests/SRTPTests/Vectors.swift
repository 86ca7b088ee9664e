import Primitives
import SRTP
import TestSupport

/// Tests/Fixtures/srtp_rfc3711.json.
struct RFC3711Vectors: Decodable {
    struct CounterMode: Decodable {
        var session_key: String
        var session_salt: String
        var counter_to_keystream: [String: String]
    }

    struct Derivation: Decodable {
        var master_key: String
        var master_salt: String
        var cipher_key_label00: String
        var auth_key_label01_94octets: String
        var cipher_salt_label02: String
        var srtcp_cipher_key_label03: String
        var srtcp_auth_key_label04_20octets: String
        var srtcp_salt_label05: String
    }

    var B2_aes_cm: CounterMode
    var B3_kdf: Derivation
    var full_packets_master_key: String
    var full_packets_master_salt: String
    var full_packets: [PacketVector]

    static func read() throws -> RFC3711Vectors { try Fixture.json("srtp_rfc3711.json") }
}

/// Tests/Fixtures/srtp_rfc7714.json.
struct RFC7714Vectors: Decodable {
    /// With the session key itself.
    struct Vector: Decodable {
        var id: String
        var key: String
        var salt: String
        var iv: String
        var plain: String
        var protected: String
    }

    var vectors: [Vector]
    var with_kdf: [PacketVector]

    static func read() throws -> RFC7714Vectors { try Fixture.json("srtp_rfc7714.json") }
}

/// One packet of RTP or RTCP, in clear and protected.
struct PacketVector: Decodable {
    var id: String
    var profile: String
    var master_key: String?
    var master_salt: String?
    var roc: UInt32?
    var plain_rtp: String?
    var srtp: String?
    var srtcp_index: UInt32?
    var plain_rtcp: String?
    var srtcp: String?

    /// The packets of both RFCs' files in the profiles that the server speaks, with their master keys.
    static func all() throws -> [(vector: PacketVector, profile: SRTPProfile, master: SRTPMasterKey)] {
        let counterMode = try RFC3711Vectors.read()
        let names: [String: SRTPProfile] = [
            "SRTP_AES128_CM_SHA1_80": .aes128CMHMACSHA1_80, "SRTP_AEAD_AES_128_GCM": .aeadAES128GCM,
        ]
        return try (counterMode.full_packets + RFC7714Vectors.read().with_kdf).compactMap { vector in
            guard let profile = names[vector.profile],
                let key = [UInt8](hexadecimal: vector.master_key ?? counterMode.full_packets_master_key),
                let salt = [UInt8](hexadecimal: vector.master_salt ?? counterMode.full_packets_master_salt)
            else { return nil }
            return (vector, profile, SRTPMasterKey(key: key, salt: salt))
        }
    }

    /// The header's length, its SSRC and the index of an RTP packet.
    func rtp() throws -> (header: [UInt8], payload: [UInt8], ssrc: UInt32, index: UInt64)? {
        guard let plain_rtp, let packet = [UInt8](hexadecimal: plain_rtp), let roc else { return nil }
        var headerCount = try 12 + 4 * Int(packet.span.uint8(at: 0) & 15)
        if packet[0] & 0x10 != 0 { headerCount += try 4 + 4 * Int(packet.span.uint16(at: headerCount + 2)) }
        return (
            Array(packet.prefix(headerCount)), Array(packet.dropFirst(headerCount)), try packet.span.uint32(at: 8),
            UInt64(roc) << 16 | UInt64(try packet.span.uint16(at: 2))
        )
    }
}
