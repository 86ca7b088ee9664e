import CDatagram
import Cryptography
import DatagramIO
import Foundation
import MediaControl
import Primitives

/// The media plane of a server: its workers, each a thread with a socket of its own.
package final class MediaEngine: MediaPlane {
    /// What the control plane keeps of one worker.
    private struct WorkerHandle: Sendable {
        let info: WorkerInfo
        let mailbox: WorkerMailbox
        let events: WorkerEvents
        /// Signalled once, when the thread has ended.
        let ended: DispatchSemaphore
    }

    private let handles: [WorkerHandle]
    package let fingerprint: CertificateFingerprint
    package var workers: [WorkerInfo] { handles.map(\.info) }

    /// Opens the sockets and starts the threads.
    ///
    /// - Throws: `SocketError` where no port of the range is free, or `CryptoError` where no certificate can be made.
    package init(_ configuration: MediaConfiguration) throws {
        let certificate = try DTLSCertificate(madeAt: fs_realtime_now() / 1_000_000_000)
        fingerprint = certificate.fingerprint
        let announced = configuration.addresses.isEmpty ? interfaceAddresses() : configuration.addresses
        var handles: [WorkerHandle] = []
        var ports = configuration.ports.makeIterator()
        for index in 0..<max(1, min(configuration.workers, configuration.ports.count)) {
            let socket = try OpenedSocket(firstFreeOf: IteratorSequence(ports))
            ports =
                (socket.port == .max
                ? configuration.ports : socket.port + 1...max(socket.port + 1, configuration.ports.upperBound))
                .makeIterator()
            let addresses = announced.map { address in
                var address = address
                address.port = socket.port
                return address
            }
            let info = WorkerInfo(id: WorkerID(rawValue: index), addresses: addresses)
            let handle = WorkerHandle(
                info: info, mailbox: try WorkerMailbox(), events: WorkerEvents(), ended: DispatchSemaphore(value: 0))
            let thread = Thread {
                WorkerThread(
                    id: info.id, socket: socket, mailbox: handle.mailbox, events: handle.events,
                    certificate: certificate, usesSegmentationOffload: configuration.usesSegmentationOffload,
                    frameHold: configuration.frameHold
                ).run()
                handle.ended.signal()
            }
            thread.name = "media-\(index)"
            thread.start()
            handles.append(handle)
        }
        self.handles = handles
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
        for handle in handles { handle.mailbox.stop() }
        for handle in handles { handle.ended.wait() }
    }
}
