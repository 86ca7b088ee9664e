import Primitives

/// One session key for single packets: with libipsec-mb if it runs and has the profile, else with OpenSSL.
///
/// Takes pointers, because packets lie in slabs and receive buffers that outlive the call; each function states which
/// octets must be addressable.
@safe enum PacketCipher: ~Copyable {
    #if canImport(CIPSecMB)
        case gcm(GCMCipher)
    #endif
    case openSSL(OpenSSLCipher)

    enum Direction: Int32 {
        case open = 0
        case seal = 1
    }

    /// Data that is authenticated in addition to the header and the payload.
    enum Trailer {
        /// RTP's roll-over counter: hashed after the payload by HMAC-SHA1; part of AEAD's nonce already.
        case rollOverCounter(UInt32)
        /// RTCP's E bit and index, with either profile.
        case rtcpIndex(UInt32)
    }

    /// - Parameter implementation: the library to use; `nil` for the fastest that has the profile.
    init(_ keys: SessionKeys, direction: Direction, implementation: SealingEngine.Implementation?) throws(SRTPError) {
        #if canImport(CIPSecMB)
            if implementation != .openSSL, let cipher = GCMCipher(keys) {
                self = .gcm(cipher)
                return
            }
        #endif
        self = .openSSL(try OpenSSLCipher(keys, direction: direction))
    }

    /// Encrypts the `count` octets at `header + headerCount` in place and writes the tag to `tag`.
    ///
    /// `tag` has the length of the profile's tag. `false` if the library refused.
    func seal(
        header: UnsafeMutablePointer<UInt8>, headerCount: Int, count: Int, trailer: Trailer,
        vector: InitializationVector, tag: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        switch self {
        #if canImport(CIPSecMB)
            case .gcm(let cipher):
                unsafe cipher.seal(
                    header: header, headerCount: headerCount, count: count, trailer: trailer, vector: vector, tag: tag)
                return true
        #endif
        case .openSSL(let cipher):
            return unsafe cipher.seal(
                header: header, headerCount: headerCount, source: header + headerCount, count: count,
                trailer: trailer, vector: vector, tag: tag)
        }
    }

    /// Checks `tag` and decrypts the `count` octets at `header + headerCount` in place.
    ///
    /// `tag` is addressable over the profile's tag. After `false` the decrypted octets must not be used.
    func open(
        header: UnsafeMutablePointer<UInt8>, headerCount: Int, count: Int, trailer: Trailer,
        vector: InitializationVector, tag: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        switch self {
        #if canImport(CIPSecMB)
            case .gcm(let cipher):
                return unsafe cipher.open(
                    header: header, headerCount: headerCount, count: count, trailer: trailer, vector: vector, tag: tag)
        #endif
        case .openSSL(let cipher):
            return unsafe cipher.open(
                header: header, headerCount: headerCount, count: count, trailer: trailer, vector: vector, tag: tag)
        }
    }
}
