import CDatagram
import CongestionControl
import Cryptography
import DatagramIO
import MediaControl
import Primitives

/// The media plane of a server: its workers, each a thread with a socket of its own.
package final class MediaEngine: MediaPlane {
    /// What the control plane keeps of one worker.
    private struct WorkerHandle: Sendable {
        let info: WorkerInfo
        let mailbox: WorkerMailbox
        let events: WorkerEvents
        let thread: WorkerThread
    }

    /// What a worker's loop is made of.
    struct WorkerParts: Sendable {
        let id: WorkerID
        let socket: OpenedSocket
        let listener: OpenedListener?
        let mailbox: WorkerMailbox
        let events: WorkerEvents
        let certificate: DTLSCertificate
    }

    private let handles: [WorkerHandle]
    private let traces: TraceFolder?
    package let fingerprint: CertificateFingerprint
    package var workers: [WorkerInfo] { handles.map(\.info) }

    /// Opens the sockets and starts the threads; returns when every worker runs.
    ///
    /// - Throws: `SocketError` where no port of the range is free, `CryptoError` where no certificate can be made, or
    ///   `WorkerStartError` where a worker cannot start: then none runs.
    package convenience init(_ configuration: MediaConfiguration) throws {
        let traces = try configuration.traceFolder.map { path in
            try TraceFolder(path, run: fs_realtime_now() / 1_000_000_000)
        }
        try self.init(configuration, traces: traces) { parts in
            try WorkerLoop(
                id: parts.id, socket: parts.socket, listener: parts.listener, mailbox: parts.mailbox,
                events: parts.events,
                certificate: parts.certificate, usesSegmentationOffload: configuration.usesSegmentationOffload,
                frameHold: configuration.frameHold,
                estimation: configuration.controlsCongestion ? EstimatorSettings() : nil, traces: traces,
                seed: UInt64.random(in: .min ... .max))
        }
    }

    /// - Parameter makeLoop: called on each worker's thread.
    init(
        _ configuration: MediaConfiguration, traces: TraceFolder? = nil,
        makeLoop: @escaping @Sendable (WorkerParts) throws -> WorkerLoop
    ) throws {
        let certificate = try DTLSCertificate(madeAt: fs_realtime_now() / 1_000_000_000)
        fingerprint = certificate.fingerprint
        let announced = configuration.addresses.isEmpty ? interfaceAddresses() : configuration.addresses
        var handles: [WorkerHandle] = []
        do throws(any Error) {
            var ports = configuration.ports.makeIterator()
            for index in 0..<max(1, min(configuration.workers, configuration.ports.count)) {
                let (socket, listener) = try Self.open(IteratorSequence(ports), acceptsTCP: configuration.acceptsTCP)
                ports =
                    (socket.port == .max
                    ? configuration.ports : socket.port + 1...max(socket.port + 1, configuration.ports.upperBound))
                    .makeIterator()
                let addresses = announced.map { address in
                    var address = address
                    address.port = socket.port
                    return address
                }
                let info = WorkerInfo(id: WorkerID(rawValue: index), addresses: addresses, acceptsTCP: listener != nil)
                let parts = WorkerParts(
                    id: info.id, socket: socket, listener: listener, mailbox: try WorkerMailbox(),
                    events: WorkerEvents(),
                    certificate: certificate)
                let thread = WorkerThread(id: info.id, mailbox: parts.mailbox, events: parts.events) {
                    try makeLoop(parts)
                }
                handles.append(
                    WorkerHandle(info: info, mailbox: parts.mailbox, events: parts.events, thread: thread))
            }
            for handle in handles { try handle.thread.waitUntilStarted() }
        } catch {
            for handle in handles { handle.thread.stop() }
            for handle in handles { handle.thread.waitUntilEnded() }
            throw error
        }
        self.handles = handles
        self.traces = traces
    }

    private static func open(
        _ ports: some Sequence<UInt16>, acceptsTCP: Bool
    ) throws(SocketError) -> (OpenedSocket, OpenedListener?) {
        acceptsTCP
            ? try OpenedSocket.withListener(firstFreeOf: ports) : (try OpenedSocket(firstFreeOf: ports), nil)
    }

    package func send(_ commands: [MediaCommand], to worker: WorkerID) {
        guard handles.indices.contains(worker.rawValue) else { return }
        handles[worker.rawValue].mailbox.post(commands)
    }

    package func events(of worker: WorkerID) -> AsyncStream<[MediaEvent]> {
        guard handles.indices.contains(worker.rawValue) else { return AsyncStream { $0.finish() } }
        return handles[worker.rawValue].events.stream()
    }

    /// Ends the workers after the commands sent so far, and waits for their threads.
    package func stop() {
        for handle in handles { handle.thread.stop() }
        for handle in handles { handle.thread.waitUntilEnded() }
        traces?.finish()
    }
}
