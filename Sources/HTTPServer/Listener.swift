import Hummingbird
import Logging
import NIOCore
import Synchronization

/// One listening socket of the server, from its first connection to an orderly end.
final class Listener: Sendable {
    private let channel = Mutex<(any Channel)?>(nil)

    /// Runs the application that `make` makes until it ends or the task is cancelled.
    ///
    /// Where it is cancelled the socket is closed first and the connections' tasks are cancelled then: the server would
    /// log the cancellation as an error of its socket.
    /// - Parameter make: makes the application with what it must call once it listens.
    /// - Throws: `HTTPServerError` where it cannot listen.
    func run(
        host: String, port: Int, option: String = "--http",
        _ make: (@escaping @Sendable (any Channel) async -> Void) -> some ApplicationProtocol
    ) async throws {
        let application = make { channel in self.channel.withLock { $0 = channel } }
        let running = Task { try await application.run() }
        do {
            try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                Task {
                    try? await self.channel.withLock { $0 }?.close()
                    running.cancel()
                }
            }
        } catch is CancellationError {
            return
        } catch {
            throw HTTPServerError(error, host: host, port: port, option: option)
        }
    }
}
