import MediaControl
import Primitives
import Synchronization

/// A media plane that carries nothing out: it keeps what it was told, and tells what a test wants it to.
final class RecordingMediaPlane: MediaPlane {
    struct Sending: Sendable {
        var worker: WorkerID
        var commands: [MediaCommand]
    }

    let workers: [WorkerInfo]
    let fingerprint: CertificateFingerprint
    private let log = Mutex<[Sending]>([])
    private let streams: [WorkerID: (AsyncStream<[MediaEvent]>, AsyncStream<[MediaEvent]>.Continuation)]

    init(workers count: Int = 1) throws {
        workers = (0..<count).map { index in
            WorkerInfo(
                id: WorkerID(rawValue: index),
                addresses: [TransportAddress(v4: 192, 0, 2, 1, port: UInt16(40_000 + index))])
        }
        guard let fingerprint = CertificateFingerprint(algorithm: .sha256, hash: Array(repeating: 7, count: 32)) else {
            throw CancellationError()
        }
        self.fingerprint = fingerprint
        streams = Dictionary(
            uniqueKeysWithValues: workers.map { ($0.id, AsyncStream.makeStream(of: [MediaEvent].self)) })
    }

    func send(_ commands: [MediaCommand], to worker: WorkerID) {
        log.withLock { $0.append(Sending(worker: worker, commands: commands)) }
    }

    func events(of worker: WorkerID) -> AsyncStream<[MediaEvent]> {
        streams[worker]?.0 ?? AsyncStream { $0.finish() }
    }

    /// Lets the worker tell something.
    func tell(_ events: [MediaEvent], from worker: Int = 0) {
        streams[WorkerID(rawValue: worker)]?.1.yield(events)
    }

    /// Everything sent so far.
    var sendings: [Sending] { log.withLock { $0 } }
    /// Every command so far.
    var commands: [MediaCommand] { sendings.flatMap(\.commands) }

    /// Forgets what was sent so far, so that a test sees only what follows.
    func forget() { log.withLock { $0.removeAll() } }

    /// The track that the slot was last filled with.
    func filled(_ transport: TransportID, slot: Int) -> TrackID? {
        let fills = commands.compactMap { command -> TrackID?? in
            guard case .fillSlot(transport, slot, let fill) = command else { return nil }
            return .some(fill?.track)
        }
        return fills.last ?? nil
    }

    /// What was sent to open transports.
    var opened: [TransportParameters] {
        commands.compactMap { if case .openTransport(let parameters) = $0 { parameters } else { nil } }
    }
}

extension MediaCommand {
    /// A short form to compare.
    var text: String {
        switch self {
        case .openTransport(let parameters): "open \(parameters.id)"
        case .updateTransport(let parameters): "update \(parameters.id)"
        case .closeTransport(let id): "close \(id)"
        case .setGate(let track, let isOpen): "gate \(track) \(isOpen ? "open" : "closed")"
        case .fillSlot(let transport, let slot, let fill):
            "fill \(transport) \(slot) " + (fill.map { "\($0.track) \($0.csrc)" } ?? "nothing")
        case .setDemand(let transport, let slot, let demand): "demand \(transport) \(slot) \(demand)"
        case .takeSnapshots(let transports, _): "snapshots \(transports)"
        }
    }
}
