import Primitives

/// The media plane as the control plane sees it: where commands go and where events come from.
///
/// A room lives on one worker; all its transports and tracks are opened there.
package protocol MediaPlane: Sendable {
    /// The workers, in order of their ports.
    var workers: [WorkerInfo] { get }
    /// The fingerprint of the server's DTLS certificate, for answers.
    var fingerprint: CertificateFingerprint { get }
    /// Puts commands into the worker's mailbox, in order; returns at once. One call is one wake-up of the worker.
    func send(_ commands: [MediaCommand], to worker: WorkerID)
    /// The worker's events, in order. One consumer per worker; statistics coalesce when the consumer lags.
    func events(of worker: WorkerID) -> AsyncStream<[MediaEvent]>
    /// What the worker knows of these transports, all at one instant and in this order; transports that it does not have
    /// are left out. Empty where the worker has ended.
    func snapshots(of transports: [TransportID], on worker: WorkerID) async -> [TransportSnapshot]
}

extension MediaPlane {
    package func snapshots(of transports: [TransportID], on worker: WorkerID) async -> [TransportSnapshot] {
        await withCheckedContinuation { continuation in
            send([.takeSnapshots(transports, SnapshotReply { continuation.resume(returning: $0) })], to: worker)
        }
    }
}

/// What the control plane knows of a worker.
package struct WorkerInfo: Hashable, Sendable {
    package var id: WorkerID
    /// Addresses announced as host candidates, with the worker's port.
    package var addresses: [TransportAddress]
    /// Whether it takes TCP connections at the same addresses and port (RFC 6544).
    package var acceptsTCP: Bool

    package init(id: WorkerID, addresses: [TransportAddress], acceptsTCP: Bool = false) {
        self.id = id
        self.addresses = addresses
        self.acceptsTCP = acceptsTCP
    }
}
