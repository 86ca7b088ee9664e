import COpenSSL
import Cryptography
import Primitives

/// What the DTLS endpoints of one thread share: the certificate and the rules of DTLS-SRTP (RFC 8827 section 6.5). Serves
/// both roles. Not `Sendable`: each worker makes its own; the certificate may be the same.
@safe package final class DTLSContext {
    /// The profiles in this server's order, which decides (RFC 5764 section 4.1.2): sealing with AES-GCM costs less than
    /// half of AES-CM with HMAC-SHA1, and both browsers have both.
    package static let preferredProfiles: [SRTPProfile] = [.aeadAES128GCM, .aes128CMHMACSHA1_80]
    /// RFC 8827 section 6.5 demands the first; the others stand for peers that do not offer it. Those with RSA serve the
    /// client's role alone, where the server's certificate decides. `COpenSSL_record_overhead` knows them all.
    static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES256-GCM-SHA384",
    ]
    /// The groups of the key exchange, in this server's order.
    static let keyExchangeGroups = ["X25519", "P-256"]
    /// OpenSSL takes an elliptic certificate only where its curve is among the groups, so these follow; a key exchange uses
    /// them with a peer that has nothing better. Those that this OpenSSL does not have are left out.
    static let certificateGroups = [
        "P-384", "P-521", "P-224", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
    ]

    /// An `SSL_CTX *`.
    let handle: OpaquePointer
    /// The callbacks of the sessions' BIOs, a `BIO_METHOD *`.
    let pipeMethod: OpaquePointer
    private let certificate: DTLSCertificate

    /// - Throws: What OpenSSL refused.
    package convenience init(certificate: DTLSCertificate) throws(DTLSError) {
        try self.init(certificate: certificate, profiles: Self.preferredProfiles)
    }

    /// With profiles and without the extended master secret as said: tests play odd peers.
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

    /// Sets the rules; false where OpenSSL refuses one of them.
    private static func configure(
        _ context: OpaquePointer, certificate: DTLSCertificate, profiles: [SRTPProfile], options: UInt64
    ) -> Bool {
        // Unsafe: the handles are alive; OpenSSL takes references of its own to key and certificate, and copies texts.
        unsafe COpenSSL_ctx_set_dtls_options(context, options)
        unsafe COpenSSL_ctx_disable_session_cache(context)
        unsafe COpenSSL_ctx_set_max_cert_list(context, HandshakeAdmission.maximumMessageOctets)
        // A client without a certificate is turned away.
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
            // This one answers 0 when all is well.
            && SSL_CTX_set_tlsext_use_srtp(context, profileNames) == 0
    }
}

extension SRTPProfile {
    /// The name that OpenSSL knows the profile by.
    fileprivate var openSSLName: String {
        switch self {
        case .aes128CMHMACSHA1_80: "SRTP_AES128_CM_SHA1_80"
        case .aeadAES128GCM: "SRTP_AEAD_AES_128_GCM"
        }
    }
}
