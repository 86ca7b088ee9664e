import Synchronization

/// Where a worker's answer to `MediaCommand.takeSnapshots` goes. Answered once; with nothing where the command is dropped
/// unread, as when the worker ends, so that nobody waits forever.
package final class SnapshotReply: Sendable {
    private let body: Mutex<(@Sendable ([TransportSnapshot]) -> Void)?>

    package init(_ body: @escaping @Sendable ([TransportSnapshot]) -> Void) { self.body = Mutex(body) }

    deinit { answer(with: []) }

    /// Answers, unless that was done before; called on the worker's thread.
    package func answer(with snapshots: [TransportSnapshot]) {
        let taken = body.withLock { body in
            defer { body = nil }
            return body
        }
        taken?(snapshots)
    }
}
