/// Why a certificate or its key cannot be served: one line that names the file and says what to change.
package struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
