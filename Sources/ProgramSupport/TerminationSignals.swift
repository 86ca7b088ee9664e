import Dispatch
import Foundation

/// SIGTERM and SIGINT as a stream, from before the work begins that they end.
package struct TerminationSignals {
    /// The name of each that comes.
    package let names: AsyncStream<String>
    private let sources: [any DispatchSourceSignal]

    /// Listens for both; returns once a signal can no longer be missed. One that came before ended the process by its
    /// default action. (To ignore the signals first, as is usual, loses one that comes in between.)
    package static func listen() async -> TerminationSignals {
        let (names, continuation) = AsyncStream.makeStream(of: String.self)
        var sources: [any DispatchSourceSignal] = []
        for (number, name) in [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")] {
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(name) }
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
            sources.append(source)
        }
        return TerminationSignals(names: names, sources: sources)
    }

    package func stop() {
        for source in sources { source.cancel() }
    }
}

/// Runs an operation until it ends, or cancels it at SIGINT or SIGTERM and waits for its end.
package func untilInterrupted(_ operation: @escaping @Sendable () async throws -> Void) async throws {
    let signals = await TerminationSignals.listen()
    defer { signals.stop() }
    let task = Task { try await operation() }
    let interruption = Task { [names = signals.names] in
        for await _ in names { task.cancel() }
    }
    defer { interruption.cancel() }
    try await task.value
}
