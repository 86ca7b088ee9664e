import MediaControl
import Primitives
import Synchronization

/// A media plane that carries nothing out: it keeps what it was told, and tells what a test wants it to.
final class RecordingMediaPlane: MediaPlane {
    let workers: [WorkerInfo]
    let fingerprint: CertificateFingerprint
    private let log = Mutex<[MediaCommand]>([])
    private let stream = AsyncStream.makeStream(of: [MediaEvent].self)

    init() throws {
        workers = [
            WorkerInfo(id: WorkerID(rawValue: 0), addresses: [TransportAddress(v4: 192, 0, 2, 1, port: 40_000)])
        ]
        guard let fingerprint = CertificateFingerprint(algorithm: .sha256, hash: Array(repeating: 7, count: 32)) else {
            throw CancellationError()
        }
        self.fingerprint = fingerprint
    }

    func send(_ commands: [MediaCommand], to worker: WorkerID) { log.withLock { $0 += commands } }

    func events(of worker: WorkerID) -> AsyncStream<[MediaEvent]> { stream.stream }

    /// Lets the worker tell something.
    func tell(_ events: [MediaEvent]) { stream.continuation.yield(events) }

    /// Every command so far.
    var commands: [MediaCommand] { log.withLock { $0 } }

    /// What was sent to open transports, in order.
    var opened: [TransportParameters] {
        commands.compactMap { if case .openTransport(let parameters) = $0 { parameters } else { nil } }
    }

    /// Transports that were closed, in order.
    var closed: [TransportID] {
        commands.compactMap { if case .closeTransport(let id) = $0 { id } else { nil } }
    }

    /// What the slots of the transport carry now.
    func fills(of transport: TransportID) -> [Int: TrackID] {
        var fills: [Int: TrackID] = [:]
        for case .fillSlot(transport, let slot, let fill) in commands { fills[slot] = fill?.track }
        return fills
    }
}
