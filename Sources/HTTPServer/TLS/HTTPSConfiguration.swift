/// How the HTTP server speaks TLS.
package struct HTTPSConfiguration: Sendable {
    /// The certificate of new connections.
    package var certificates: CertificateStore
    /// Where plain HTTP is answered with the address of the same page over HTTPS, and nothing else is served; `nil` listens
    /// there not at all.
    package var redirectAddress: (host: String, port: Int)?
    /// Whether browsers are told to use HTTPS alone from now on (RFC 6797): never with a certificate that they warn of,
    /// because then they let nobody pass.
    package var isStrict = false

    package init(certificates: CertificateStore) { self.certificates = certificates }
}
