import COpenSSL
import Primitives

extension CertificateFingerprint {
    /// The fingerprint of the X.509 certificate whose DER encoding is `der` (RFC 8122 section 5); `nil` unless `der` is
    /// exactly one certificate.
    package init?(ofCertificate der: Span<UInt8>, algorithm: Algorithm = .sha256) {
        // Unsafe: d2i_X509 reads at most `count` octets and moves the cursor over what it read; the certificate is ours
        // and is freed here.
        let certificate: OpaquePointer? = unsafe der.withUnsafeBufferPointer { octets in
            var cursor = octets.baseAddress
            let certificate = unsafe d2i_X509(nil, &cursor, octets.count)
            guard unsafe cursor == octets.baseAddress.map({ unsafe $0 + octets.count }) else {
                unsafe X509_free(certificate)
                return nil
            }
            return unsafe certificate
        }
        ERR_clear_error()
        guard let certificate = unsafe certificate else { return nil }
        defer { unsafe X509_free(certificate) }
        unsafe self.init(x509: certificate, algorithm: algorithm)
    }

    /// The fingerprint of an OpenSSL certificate, an `X509 *` that outlives the call; `nil` if OpenSSL has no memory
    /// left.
    package init?(x509: OpaquePointer, algorithm: Algorithm = .sha256) {
        var hash = [UInt8](repeating: 0, count: algorithm.octets)
        var written: UInt32 = 0
        // Unsafe: the buffer has the length of the digest.
        guard unsafe X509_digest(x509, algorithm.digest, &hash, &written) == 1, Int(written) == hash.count else {
            ERR_clear_error()
            return nil
        }
        self.init(algorithm: algorithm, hash: hash)
    }
}

extension CertificateFingerprint.Algorithm {
    /// OpenSSL's constant for the hash function.
    fileprivate var digest: OpaquePointer? {
        switch self {
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}
