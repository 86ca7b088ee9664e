import COpenSSL

/// An operation that OpenSSL refused, because it has no memory left or is configured without the algorithm.
package struct CryptoError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The operation that failed.
    package var operation: String
    /// OpenSSL's reason, or a text that it gave none.
    package var reason: String

    package init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    package var description: String { "\(operation): \(reason)" }

    /// The error for `operation` with the first reason in this thread's OpenSSL error queue, which is emptied.
    static func fromQueue(_ operation: String) -> CryptoError {
        let code = ERR_get_error()
        ERR_clear_error()
        // Unsafe: OpenSSL returns a pointer to a constant text or NULL; it is copied.
        let reason = unsafe ERR_reason_error_string(code).map { text in unsafe String(cString: text) }
        return CryptoError(operation: operation, reason: reason ?? "OpenSSL gives no reason")
    }
}
