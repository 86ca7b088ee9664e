import Dispatch
import Foundation

/// Signals to the process as a stream, from before the work begins that they are about.
package struct ProcessSignals {
    /// Those that end a program.
    package static let termination = [(number: SIGTERM, name: "SIGTERM"), (number: SIGINT, name: "SIGINT")]
    /// The one that asks a server to read its files again.
    package static let hangup = [(number: SIGHUP, name: "SIGHUP")]

    /// The name of each that comes.
    package let names: AsyncStream<String>
    private let sources: [any DispatchSourceSignal]

    /// Listens for the signals; returns once one can no longer be missed. One that came before ended the process by its
    /// default action. (To ignore the signals first, as is usual, loses one that comes in between.)
    package static func listen(to signals: [(number: Int32, name: String)]) async -> ProcessSignals {
        let (names, continuation) = AsyncStream.makeStream(of: String.self)
        var sources: [any DispatchSourceSignal] = []
        for (number, name) in signals {
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(name) }
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
            sources.append(source)
        }
        return ProcessSignals(names: names, sources: sources)
    }

    package func stop() {
        for source in sources { source.cancel() }
    }
}

/// Runs an operation until it ends, or cancels it at SIGINT or SIGTERM and waits for its end.
package func untilInterrupted(_ operation: @escaping @Sendable () async throws -> Void) async throws {
    let signals = await ProcessSignals.listen(to: ProcessSignals.termination)
    defer { signals.stop() }
    let task = Task { try await operation() }
    let interruption = Task { [names = signals.names] in
        for await _ in names { task.cancel() }
    }
    defer { interruption.cancel() }
    try await task.value
}
