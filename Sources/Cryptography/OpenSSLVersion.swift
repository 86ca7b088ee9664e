import COpenSSL

/// The version of OpenSSL at run time, which may differ from the one at build time.
package enum OpenSSLVersion {
    /// The version as text, such as "3.0.19".
    package static var running: String {
        // Unsafe: OpenSSL returns a constant text; it is copied.
        guard let text = unsafe OpenSSL_version(OPENSSL_VERSION_STRING) else { return "" }
        return unsafe String(cString: text)
    }
}
