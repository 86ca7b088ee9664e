import Cryptography
import DatagramIO
import MediaControl
import Primitives

/// One worker's thread: makes its loop and runs it until the mailbox says to stop.
struct WorkerThread {
    let id: WorkerID
    let socket: OpenedSocket
    let mailbox: WorkerMailbox
    let events: WorkerEvents
    let certificate: DTLSCertificate
    let usesSegmentationOffload: Bool
    let frameHold: Duration

    func run() {
        defer {
            mailbox.close()
            events.finish()
        }
        guard
            let loop = try? WorkerLoop(
                id: id, socket: socket, mailbox: mailbox, events: events, certificate: certificate,
                usesSegmentationOffload: usesSegmentationOffload, frameHold: frameHold,
                seed: UInt64.random(in: .min ... .max))
        else { return }
        while loop.turn() {}
    }
}
