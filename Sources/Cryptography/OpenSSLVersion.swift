import COpenSSL

/// The OpenSSL that this process runs with, which is not always the one that it was built against.
package enum OpenSSLVersion {
    /// Such as "3.0.19".
    package static var running: String {
        // Unsafe: OpenSSL returns a constant text; it is copied.
        guard let text = unsafe OpenSSL_version(OPENSSL_VERSION_STRING) else { return "" }
        return unsafe String(cString: text)
    }
}
