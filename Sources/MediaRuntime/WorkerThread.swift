import Foundation
import MediaControl
import Primitives
import Synchronization

/// One worker's thread: makes its loop and runs it until the mailbox says to stop.
final class WorkerThread: Sendable {
    let id: WorkerID
    private let mailbox: WorkerMailbox
    private let events: WorkerEvents
    private let makeLoop: @Sendable () throws -> WorkerLoop
    /// Why the loop could not be made; read after `started` was signalled.
    private let failure = Mutex<(any Error)?>(nil)
    /// Signalled once, when the loop was made or could not be.
    private let started = DispatchSemaphore(value: 0)
    /// Signalled once, when the thread has ended.
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread.
    ///
    /// - Parameter makeLoop: called on the thread, to which the loop is confined.
    init(
        id: WorkerID, mailbox: WorkerMailbox, events: WorkerEvents,
        makeLoop: @escaping @Sendable () throws -> WorkerLoop
    ) {
        self.id = id
        self.mailbox = mailbox
        self.events = events
        self.makeLoop = makeLoop
        let thread = Thread { self.run() }
        thread.name = "media-\(id.rawValue)"
        thread.start()
    }

    private func run() {
        defer {
            mailbox.close()
            events.finish()
            ended.signal()
        }
        do {
            let loop = try makeLoop()
            started.signal()
            while loop.turn() {}
        } catch {
            failure.withLock { $0 = error }
            started.signal()
        }
    }

    /// Waits until the worker runs.
    ///
    /// - Throws: `WorkerStartError` where it could not start; its thread has then ended.
    func waitUntilStarted() throws {
        started.wait()
        guard let failure = failure.withLock({ $0 }) else { return }
        throw WorkerStartError(worker: id, reason: "\(failure)")
    }

    /// Ends the worker after the commands sent so far.
    func stop() { mailbox.stop() }

    func waitUntilEnded() { ended.wait() }
}

/// Why a worker could not start, in one line for the operator.
package struct WorkerStartError: Error, CustomStringConvertible, Sendable {
    package var worker: WorkerID
    package var reason: String

    package var description: String { "media \(worker) cannot start: \(reason)" }
}
