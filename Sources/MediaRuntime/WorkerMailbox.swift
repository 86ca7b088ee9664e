import CDatagram
import DatagramIO
import MediaControl
import Synchronization

/// Commands on their way to a worker: an array under a lock, swapped whole by the worker, and an eventfd that wakes it.
///
/// With the worker's handle the only object that both planes touch.
package final class WorkerMailbox: Sendable {
    private struct Contents {
        var commands: [MediaCommand] = []
        var isStopping = false
        /// Whether the worker has ended.
        var isClosed = false
    }

    private let contents = Mutex(Contents())
    /// Readable while there are commands.
    let descriptor: Int32

    package init() throws(SocketError) {
        let opened = fs_eventfd_open()
        guard opened >= 0 else {
            throw SocketError(description: "cannot open an eventfd (errno \(-opened)); raise the limit of open files")
        }
        descriptor = opened
    }

    deinit { fs_close(descriptor) }

    /// Appends commands in order and wakes the worker.
    func post(_ commands: [MediaCommand]) {
        contents.withLock { contents in
            // Nobody will read them; who waits for an answer must not wait for the engine's end.
            if !contents.isClosed { contents.commands.append(contentsOf: commands) }
        }
        fs_eventfd_signal(descriptor)
    }

    /// Tells the worker to end after the commands posted so far.
    func stop() {
        contents.withLock { $0.isStopping = true }
        fs_eventfd_signal(descriptor)
    }

    /// Drops what was not taken, and all that is posted from now on: the worker has ended.
    func close() {
        let dropped = contents.withLock { contents in
            contents.isClosed = true
            defer { contents.commands = [] }
            return contents.commands
        }
        // Let go of outside the lock: a dropped question is answered then.
        _ = consume dropped
    }

    /// Takes everything posted, in order.
    func take() -> (commands: [MediaCommand], isStopping: Bool) {
        fs_eventfd_drain(descriptor)
        return contents.withLock { contents in
            let taken = contents.commands
            contents.commands = []
            return (taken, contents.isStopping)
        }
    }
}
