import CDatagram
import Cryptography
import MediaControl
import Primitives

/// The loop of one worker: waits on the socket and the mailbox, reads the clock once per turn, and drives the worker.
///
/// This is the only place of the media plane that reads a clock or a socket.
struct WorkerThread {
    /// Receive calls per turn, so that commands and timers get their turn under load.
    private static let receivesPerTurn = 4

    let id: WorkerID
    let socket: OpenedSocket
    let mailbox: WorkerMailbox
    let events: WorkerEvents
    let certificate: DTLSCertificate
    let usesSegmentationOffload: Bool
    let frameHold: Duration

    /// Runs until the mailbox says to stop.
    func run() {
        defer { events.finish() }
        let udp = UDPSocket(socket, usesSegmentationOffload: usesSegmentationOffload)
        let epoll = fs_epoll_open(socket.descriptor, mailbox.descriptor)
        guard epoll >= 0 else { return }
        defer { fs_close(epoll) }
        var now = MonotonicInstant(nanoseconds: fs_monotonic_now())
        guard
            let worker = try? MediaWorker(
                id: id, certificate: certificate, sink: udp, joinsRuns: usesSegmentationOffload, frameHold: frameHold,
                wallClockOffset: fs_realtime_now() - now.nanoseconds, seed: UInt64.random(in: .min ... .max))
        else { return }
        while true {
            var timeout: Int64 = -1
            if let deadline = worker.nextTimeout {
                timeout = max(0, (deadline.nanoseconds - now.nanoseconds + 999) / 1_000)
            }
            let ready = fs_epoll_wait(epoll, timeout)
            now = MonotonicInstant(nanoseconds: fs_monotonic_now())
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
            worker.finishTurn(now: now)
            worker.noteSendFailures(udp.sendFailures, canJoinRuns: udp.hasSegmentationOffload)
            let happened = worker.takeEvents()
            if !happened.isEmpty { events.post(happened) }
            if isStopping { return }
        }
    }
}
