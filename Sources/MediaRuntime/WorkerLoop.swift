import CDatagram
import CongestionControl
import Cryptography
import DatagramIO
import MediaControl
import Primitives

/// The loop of one worker, turn by turn: waits on the socket and the mailbox, reads the clock once, drives the worker.
///
/// With its socket, which tells when a batch left, the only place of the media plane that reads a clock. Confined to the
/// thread that runs it.
package final class WorkerLoop {
    /// Receive calls per turn, so that commands and timers get their turn under load.
    private static let receivesPerTurn = 4
    /// Nanoseconds from turn to turn at least while a picture is held or turns follow each other fast: datagrams gather in the
    /// socket meanwhile, and are taken with one wake. A turn that has taken half as long is followed by the next at once.
    private static let gathering: Int64 = 500_000

    /// What `fs_epoll_wait` tells of the TCP connections.
    private static let connectionsReady: UInt32 = 4

    package let worker: MediaWorker
    private let udp: UDPSocket
    private let connections: TCPConnections?
    private let tcpSink: TCPSink?
    private let mailbox: WorkerMailbox
    private let events: WorkerEvents
    private let epoll: Int32
    private var now: MonotonicInstant
    /// When the turn before began.
    private var previous = MonotonicInstant.zero

    /// Takes the socket over, and the listener.
    ///
    /// - Parameters:
    ///   - listener: takes TCP connections; `nil` for none.
    ///   - events: where the worker's events go.
    ///   - sink: wraps the socket; benchmarks use it to observe outgoing datagrams.
    /// - Throws: `SocketError` where the kernel gives no epoll, or what `MediaWorker.init` throws.
    package init(
        id: WorkerID, socket: OpenedSocket, listener: OpenedListener? = nil, mailbox: WorkerMailbox,
        events: WorkerEvents, certificate: DTLSCertificate,
        usesSegmentationOffload: Bool, frameHold: Duration = .zero, estimation: EstimatorSettings? = nil,
        traces: (any TraceSink)? = nil, seed: UInt64,
        sink: (UDPSocket) -> any DatagramSink = { $0 }
    ) throws {
        udp = UDPSocket(socket, usesSegmentationOffload: usesSegmentationOffload)
        self.mailbox = mailbox
        self.events = events
        now = MonotonicInstant(nanoseconds: fs_monotonic_now())
        let base = sink(udp)
        if let listener {
            let taken = try TCPConnections(listener)
            connections = taken
            tcpSink = TCPSink(base, taken)
        } else {
            connections = nil
            tcpSink = nil
        }
        worker = try MediaWorker(
            id: id, certificate: certificate, sink: tcpSink ?? base, joinsDatagrams: usesSegmentationOffload,
            frameHold: frameHold,
            estimation: estimation, traces: traces, wallClockOffset: fs_realtime_now() - now.nanoseconds, seed: seed)
        epoll = fs_epoll_open(socket.descriptor, mailbox.descriptor)
        guard epoll >= 0 else { throw SocketError(description: "cannot open an epoll (errno \(-epoll))") }
        if let connections, fs_epoll_add(epoll, connections.descriptor, Self.connectionsReady) != 0 {
            throw SocketError(description: "cannot watch TCP connections; raise the limit of open files (ulimit -n)")
        }
    }

    deinit { if epoll >= 0 { fs_close(epoll) } }

    private func gather() {
        guard worker.handshakes.isEmpty,
            worker.nextRelease != nil || now.nanoseconds - previous.nanoseconds < Self.gathering,
            fs_monotonic_now() - now.nanoseconds < Self.gathering / 2
        else { return }
        let next = now.nanoseconds + Self.gathering
        fs_sleep_until(min(worker.nextRelease?.nanoseconds ?? next, next))
    }

    private func receive(from connections: TCPConnections, isReady: Bool) {
        tcpSink?.now = now
        if isReady {
            unsafe connections.receive(now: now, isKnown: worker.knows) { datagram, path in
                unsafe worker.receive(datagram, on: path, now: now)
            }
        }
        connections.checkTimes(now: now, isKnown: worker.knows)
        noteChanges(of: connections)
    }

    private func flush(_ connections: TCPConnections) {
        guard connections.isInUse else { return }
        connections.flush(now: now)
        noteChanges(of: connections)
        if let figures = connections.takeNewFigures() { worker.noteConnections(figures) }
    }

    private func noteChanges(of connections: TCPConnections) {
        for change in connections.takeChanges() { worker.note(change, now: now) }
    }

    /// Waits until something comes or is due, and does it.
    ///
    /// - Returns: whether to go on; `false` once the mailbox has said to stop.
    package func turn() -> Bool {
        gather()
        var timeout: Int64 = -1
        if let deadline = earliest(worker.nextTimeout, connections?.nextTimeout) {
            timeout = max(0, (deadline.nanoseconds - now.nanoseconds + 999) / 1_000)
        }
        let ready = fs_epoll_wait(epoll, timeout)
        let now = MonotonicInstant(nanoseconds: fs_monotonic_now())
        previous = self.now
        self.now = now
        var isStopping = false
        if ready & 2 != 0 {
            let mail = mailbox.take()
            for command in mail.commands { worker.apply(command, now: now) }
            isStopping = mail.isStopping
        }
        if ready & 1 != 0 {
            for _ in 0..<Self.receivesPerTurn {
                let count = unsafe udp.receive { datagram, path in
                    unsafe worker.receive(datagram, on: path, now: now)
                }
                if count < UDPSocket.receiveSlots { break }
            }
        }
        if let connections { receive(from: connections, isReady: ready & Int32(Self.connectionsReady) != 0) }
        worker.finishTurn(now: now)
        if let connections { flush(connections) }
        worker.noteSendFailures(udp.sendFailures, canJoinDatagrams: udp.hasSegmentationOffload)
        let happened = worker.takeEvents()
        if !happened.isEmpty { events.post(happened) }
        return !isStopping
    }
}
