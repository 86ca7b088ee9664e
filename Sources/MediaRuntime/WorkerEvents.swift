import MediaControl
import Synchronization

/// Events on their way from a worker to the control plane, in order; statistics coalesce when nobody reads.
package final class WorkerEvents: Sendable {
    private let pending = Mutex<[MediaEvent]>([])
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    package init() { (signal, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Appends events; called on the worker's thread, never waits.
    func post(_ events: [MediaEvent]) {
        pending.withLock { pending in
            for event in events {
                if case .statistics = event {
                    pending.removeAll {
                        if case .statistics = $0 { true } else { false }
                    }
                }
                pending.append(event)
            }
        }
        wake.yield()
    }

    /// No more events will come.
    func finish() { wake.finish() }

    /// The events in batches, for one reader.
    func stream() -> AsyncStream<[MediaEvent]> {
        AsyncStream { continuation in
            let reader = Task {
                for await _ in signal {
                    let batch = pending.withLock { pending in
                        let taken = pending
                        pending = []
                        return taken
                    }
                    if !batch.isEmpty { continuation.yield(batch) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in reader.cancel() }
        }
    }
}
