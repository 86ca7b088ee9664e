import Synchronization

/// The certificate that new connections get. Connections that are open keep the one that they began with.
package final class CertificateStore: Sendable {
    private let stored: Mutex<ServerCertificate>

    package init(_ certificate: ServerCertificate) { stored = Mutex(certificate) }

    package var current: ServerCertificate {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
