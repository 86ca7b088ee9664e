import COpenSSL
import CSRTP
import Primitives

/// One session key with OpenSSL: an expanded AES schedule, and the hashed pads of HMAC-SHA1. 0.7 KB with AES-CM, 1.2 KB with AES-GCM.
///
/// Takes pointers, because packets lie in slabs and receive buffers that outlive the call; each function states which
/// octets must be addressable.
@safe struct OpenSSLCipher: ~Copyable {
    private let profile: SRTPProfile
    private let context: OpaquePointer
    private let pads: forestage_hmac_sha1_pads

    init(_ keys: SessionKeys, direction: PacketCipher.Direction) throws(SRTPError) {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .library(call: "EVP_CIPHER_CTX_new", code: 0) }
        let cipher =
            switch keys.profile {
            case .aes128CMHMACSHA1_80: unsafe EVP_aes_128_ctr()
            case .aeadAES128GCM: unsafe EVP_aes_128_gcm()
            }
        // Counter mode is its own inverse. The default vector of GCM is 12 octets long.
        guard unsafe EVP_CipherInit_ex(context, cipher, nil, keys.encryptionKey, nil, direction.rawValue) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw .library(call: "EVP_CipherInit_ex", code: 0)
        }
        var pads = forestage_hmac_sha1_pads()
        if !keys.authenticationKey.isEmpty {
            unsafe forestage_hmac_sha1_prepare(&pads, keys.authenticationKey, keys.authenticationKey.count)
        }
        profile = keys.profile
        unsafe self.context = context
        self.pads = pads
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Encrypts `count` octets from `source` to `header + headerCount` and writes the tag to `tag`.
    ///
    /// `source` may be the destination. `tag` has the length of the profile's tag. `false` if OpenSSL refused.
    func seal(
        header: UnsafeMutablePointer<UInt8>, headerCount: Int, source: UnsafePointer<UInt8>, count: Int,
        trailer: PacketCipher.Trailer, vector: InitializationVector, tag: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let destination = unsafe header + headerCount
        guard start(vector) else { return false }
        switch profile {
        case .aes128CMHMACSHA1_80:
            guard unsafe update(destination, source, count) else { return false }
            unsafe authenticate(header, headerCount &+ count, trailer, into: tag)
            return true
        case .aeadAES128GCM:
            var written: Int32 = 0
            guard unsafe associate(header, headerCount, trailer), unsafe update(destination, source, count),
                unsafe EVP_CipherFinal_ex(context, destination + count, &written) == 1
            else { return false }
            return unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(profile.rtpOverhead), tag) == 1
        }
    }

    /// Checks `tag` and decrypts the `count` octets at `header + headerCount` in place.
    ///
    /// `tag` is addressable over the profile's tag. After `false` the decrypted octets must not be used.
    func open(
        header: UnsafeMutablePointer<UInt8>, headerCount: Int, count: Int, trailer: PacketCipher.Trailer,
        vector: InitializationVector, tag: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let payload = unsafe header + headerCount
        switch profile {
        case .aes128CMHMACSHA1_80:
            var expected: (UInt64, UInt64) = (0, 0)
            let matches = unsafe withUnsafeMutableBytes(of: &expected) { bytes in
                guard let base = bytes.baseAddress else { return false }
                unsafe authenticate(
                    header, headerCount &+ count, trailer, into: base.assumingMemoryBound(to: UInt8.self))
                // Constant time, so that an attacker does not learn how many octets of a forged tag were correct.
                return unsafe CRYPTO_memcmp(base, tag, profile.rtpOverhead) == 0
            }
            return unsafe matches && start(vector) && update(payload, payload, count)
        case .aeadAES128GCM:
            var written: Int32 = 0
            return unsafe start(vector) && associate(header, headerCount, trailer) && update(payload, payload, count)
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(profile.rtpOverhead), tag) == 1
                && EVP_CipherFinal_ex(context, payload + count, &written) == 1
        }
    }

    /// Begins a packet: sets the initialization vector; the key stays expanded.
    private func start(_ vector: InitializationVector) -> Bool {
        unsafe withUnsafeBytes(of: vector.wire) { bytes in
            unsafe EVP_CipherInit_ex(context, nil, nil, nil, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), -1)
                == 1
        }
    }

    private func update(
        _ destination: UnsafeMutablePointer<UInt8>, _ source: UnsafePointer<UInt8>, _ count: Int
    ) -> Bool {
        var written: Int32 = 0
        return unsafe count == 0
            || EVP_CipherUpdate(context, destination, &written, source, Int32(truncatingIfNeeded: count)) == 1
    }

    /// AEAD's associated data: the header, and RTCP's trailer (RFC 7714 sections 8.2 and 9.2).
    private func associate(_ header: UnsafePointer<UInt8>, _ count: Int, _ trailer: PacketCipher.Trailer) -> Bool {
        var written: Int32 = 0
        guard unsafe EVP_CipherUpdate(context, nil, &written, header, Int32(truncatingIfNeeded: count)) == 1 else {
            return false
        }
        switch trailer {
        case .rollOverCounter: return true
        case .rtcpIndex(let word):
            return unsafe withUnsafeBytes(of: word.bigEndian) { bytes in
                unsafe EVP_CipherUpdate(
                    context, nil, &written, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), 4) == 1
            }
        }
    }

    private func authenticate(
        _ octets: UnsafePointer<UInt8>, _ count: Int, _ trailer: PacketCipher.Trailer,
        into tag: UnsafeMutablePointer<UInt8>
    ) {
        let word =
            switch trailer {
            case .rollOverCounter(let word), .rtcpIndex(let word): word
            }
        unsafe withUnsafePointer(to: pads) { unsafe forestage_hmac_sha1_80($0, octets, count, word, tag) }
    }
}
