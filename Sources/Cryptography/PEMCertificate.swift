import COpenSSL

/// One X.509 certificate of a PEM text (RFC 7468 section 5), for questions about it.
///
/// - Note: The unchecked `Sendable` holds because the handle is never changed after `init` and freed only when the last
///   reference has gone; OpenSSL locks the lazy caches of an `X509`.
@safe package final class PEMCertificate: @unchecked Sendable {
    private let x509: OpaquePointer

    private init(_ x509: OpaquePointer) { unsafe self.x509 = x509 }

    deinit { unsafe X509_free(x509) }

    /// The certificates of the text, in their order; other parts, such as keys, are passed over. Empty where there is
    /// none, and where one cannot be read.
    package static func all(in pem: [UInt8]) -> [PEMCertificate] {
        unsafe withMemoryBIO(reading: pem) { bio in
            var found: [PEMCertificate] = []
            while let x509 = unsafe PEM_read_bio_X509(bio, nil, nil, nil) { unsafe found.append(PEMCertificate(x509)) }
            // The error that ends the list must be that nothing more begins: else a broken one came.
            let isAtEnd = COpenSSL_is_end_of_pem(ERR_peek_last_error()) == 1
            return isAtEnd ? found : []
        } ?? []
    }

    /// When the validity begins, in seconds since 1970 began (UTC).
    package var validFrom: Int64 { unsafe COpenSSL_unix_seconds(X509_get0_notBefore(x509)) }
    /// When the validity ends, in seconds since 1970 began (UTC).
    package var validUntil: Int64 { unsafe COpenSSL_unix_seconds(X509_get0_notAfter(x509)) }

    /// Whom it is for, as OpenSSL writes names on one line: `/CN=example.org`.
    package var subject: String { unsafe Self.text(X509_get_subject_name(x509)) }
    /// Who signed it, written alike.
    package var issuer: String { unsafe Self.text(X509_get_issuer_name(x509)) }

    /// Whether it names itself as its issuer.
    package var isSelfIssued: Bool {
        unsafe X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0
    }

    /// Whether it is for the host, a name or an address (RFC 9525 section 6).
    package func covers(_ host: String) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_ip_asc(x509, host, 0) == 1 || X509_check_host(x509, host, host.utf8.count, 0, nil) == 1
    }

    /// Whether it certifies this key.
    package func belongs(to key: PEMPrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(x509, key.handle) == 1
    }

    private static func text(_ name: OpaquePointer?) -> String {
        // Longer names are cut; OpenSSL ends the text with a zero and escapes what is not ASCII.
        var text = [CChar](repeating: 0, count: 256)
        guard unsafe X509_NAME_oneline(name, &text, Int32(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
