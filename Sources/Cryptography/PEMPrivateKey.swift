import COpenSSL

/// The first private key of a PEM text (RFC 7468 section 10, and the older forms that OpenSSL knows), for questions about
/// it.
///
/// - Note: The unchecked `Sendable` holds because the handle is never changed after `init` and freed only when the last
///   reference has gone; OpenSSL locks the lazy caches of an `EVP_PKEY`.
@safe package final class PEMPrivateKey: @unchecked Sendable {
    /// Why a text gives no key.
    package enum Problem: Error, Hashable, Sendable {
        /// It holds none that can be read.
        case none
        /// It is encrypted, and the server knows no passphrase.
        case encrypted
    }

    let handle: OpaquePointer

    package init(pem: [UInt8]) throws(Problem) {
        var isEncrypted: Int32 = 0
        let key = unsafe withMemoryBIO(reading: pem) { bio in unsafe COpenSSL_read_pem_key(bio, &isEncrypted) }
        guard let key = unsafe key else { throw isEncrypted == 1 ? .encrypted : .none }
        unsafe handle = key
    }

    deinit { unsafe EVP_PKEY_free(handle) }
}
