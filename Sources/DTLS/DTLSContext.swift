import COpenSSL
import Cryptography
import Primitives

/// The certificate and the DTLS-SRTP options that all DTLS endpoints of one thread share (RFC 8827 section 6.5), for
/// both roles. Not `Sendable`: each worker makes its own context, possibly with the same certificate.
@safe package final class DTLSContext {
    /// The profiles in the server's order of preference, which decides (RFC 5764 section 4.1.2). Sealing with AES-GCM
    /// costs less than half of AES-CM with HMAC-SHA1; Chromium and Firefox support both.
    package static let preferredProfiles: [SRTPProfile] = [.aeadAES128GCM, .aes128CMHMACSHA1_80]
    /// RFC 8827 section 6.5 requires the first; the others are for peers that do not offer it. The ciphers with RSA are
    /// used only in the client role, with a server whose certificate is RSA. `COpenSSL_record_overhead` must know all
    /// of them.
    static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES256-GCM-SHA384",
    ]
    /// The groups of the key exchange, in this server's order.
    static let keyExchangeGroups = ["X25519", "P-256"]
    /// OpenSSL accepts an elliptic-curve certificate only if its curve is among the groups, so these curves follow; the
    /// key exchange uses them only with a peer that supports none of the preferred groups. Curves that this OpenSSL
    /// does not have are left out.
    static let certificateGroups = [
        "P-384", "P-521", "P-224", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
    ]

    /// An `SSL_CTX *`.
    let handle: OpaquePointer
    /// The callbacks of the sessions' BIOs, a `BIO_METHOD *`.
    let pipeMethod: OpaquePointer
    private let certificate: DTLSCertificate

    /// - Throws: `DTLSError.openSSL` if OpenSSL refuses an option.
    package convenience init(certificate: DTLSCertificate) throws(DTLSError) {
        try self.init(certificate: certificate, profiles: Self.preferredProfiles)
    }

    /// With other profiles, or without the extended master secret, for tests of unusual peers.
    init(
        certificate: DTLSCertificate, profiles: [SRTPProfile], withoutExtendedMasterSecret: Bool = false
    ) throws(DTLSError) {
        guard let method = unsafe DatagramPipe.makeMethod() else { throw .fromQueue("making a BIO method") }
        guard let context = unsafe SSL_CTX_new(DTLS_method()) else {
            unsafe BIO_meth_free(method)
            throw .fromQueue("making a DTLS context")
        }
        let options = withoutExtendedMasterSecret ? COpenSSL_op_no_extended_master_secret() : 0
        guard unsafe Self.configure(context, certificate: certificate, profiles: profiles, options: options) else {
            unsafe SSL_CTX_free(context)
            unsafe BIO_meth_free(method)
            throw .fromQueue("setting up a DTLS context")
        }
        unsafe handle = context
        unsafe pipeMethod = method
        self.certificate = certificate
    }

    deinit {
        // Every session keeps its context, so no BIO is left.
        unsafe SSL_CTX_free(handle)
        unsafe BIO_meth_free(pipeMethod)
    }

    /// Sets the options; false if OpenSSL refuses one of them.
    private static func configure(
        _ context: OpaquePointer, certificate: DTLSCertificate, profiles: [SRTPProfile], options: UInt64
    ) -> Bool {
        // Unsafe: the handles are alive; OpenSSL takes references of its own to key and certificate, and copies texts.
        unsafe COpenSSL_ctx_set_dtls_options(context, options)
        unsafe COpenSSL_ctx_disable_session_cache(context)
        unsafe COpenSSL_ctx_set_max_cert_list(context, HandshakeAdmission.maximumMessageOctets)
        // A client without a certificate is refused.
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        unsafe PeerCertificateCheck.install(in: context)
        let certificateGroups = Self.certificateGroups.filter { unsafe COpenSSL_ctx_set_groups(context, $0) == 1 }
        ERR_clear_error()
        let groups = (keyExchangeGroups + certificateGroups).joined(separator: ":")
        let profileNames = profiles.map(\.openSSLName).joined(separator: ":")
        return unsafe COpenSSL_ctx_only_dtls12(context) == 1
            && SSL_CTX_use_certificate(context, certificate.x509) == 1
            && SSL_CTX_use_PrivateKey(context, certificate.privateKey) == 1
            && SSL_CTX_set_cipher_list(context, ciphers.joined(separator: ":")) == 1
            && COpenSSL_ctx_set_groups(context, groups) == 1
            // This function returns 0 on success.
            && SSL_CTX_set_tlsext_use_srtp(context, profileNames) == 0
    }
}

extension SRTPProfile {
    /// OpenSSL's name of the profile.
    fileprivate var openSSLName: String {
        switch self {
        case .aes128CMHMACSHA1_80: "SRTP_AES128_CM_SHA1_80"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        }
    }
}
