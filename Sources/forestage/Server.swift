import AccessTokens
import BrowserFiles
import CProcess
import Foundation
import HTTPDoors
import HTTPServer
import Logging
import MediaControl
import MediaRuntime
import MetricsText
import Primitives
import ProgramSupport
import RTP
import Rooms
import SignalingServer

/// Connects the parts of the server: media plane, rooms, WHIP and WHEP, signaling, the HTTP server.
struct Server {
    /// How long participants are told to have left when the server is asked to end.
    static let drainTime = Duration.seconds(1)
    /// When after the start what only the start needed is let go of.
    static let settlingTime = Duration.seconds(2)

    let configuration: ServerConfiguration

    /// Serves until SIGTERM or SIGINT, then tells everybody and ends.
    ///
    /// - Throws: what an operator can mend, in one line.
    func run() async throws {
        let signals = await ProcessSignals.listen(to: ProcessSignals.termination)
        defer { signals.stop() }
        let logger = makeLogger()
        let https = try ServerHTTPS(configuration, logger)
        let engine = try MediaEngine(configuration.media)
        defer { engine.stop() }
        let journal = RoomJournal { text, fields in
            logger.info(
                "\(text)",
                metadata: Logger.Metadata(
                    fields.map { ($0.name, "\($0.value)") }, uniquingKeysWith: { first, _ in first }))
        }
        let rooms = RoomRegistry(
            configuration: configuration.rooms, media: engine, clock: ContinuousClock(), journal: journal)
        let keys = [try apiKey()].compactMap { $0 }
        let doors = Doors(configuration: configuration.doors, rooms: rooms, keys: keys, logger: logger)
        let http = httpConfiguration(https)
        let signaling = SignalingService(
            configuration: configuration.signaling, http: http, rooms: rooms, roomsConfiguration: configuration.rooms,
            keys: keys, logger: logger)
        let metrics = MetricsPage(access: http.operatorGuard) {
            var writer = MetricsWriter()
            signaling.addMetrics(to: &writer)
            await writer.add(rooms.snapshot())
            await doors.addMetrics(to: &writer)
            return writer.text
        }
        let service = HTTPService(
            configuration: http,
            fronts: [doors, HealthPage(isHealthy: { await !rooms.snapshot().isDraining }), signaling],
            operatorPages: [metrics, signaling.debugPages], connections: signaling.connections, logger: logger,
            onListening: { port in https?.invite(port) })
        announce(engine, logger)
        let settling = Task {
            try await Task.sleep(for: Self.settlingTime)
            fs_release_file_pages()
        }
        defer { settling.cancel() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await rooms.run() }
            group.addTask { try await service.run() }
            if let reloader = https?.reloader {
                // Without files to read again, SIGHUP ends the server, as the end of a terminal does.
                let hangups = await ProcessSignals.listen(to: ProcessSignals.hangup)
                group.addTask {
                    defer { hangups.stop() }
                    await reloader.run(clock: ContinuousClock(), requests: hangups.names)
                }
            }
            group.addTask { [names = signals.names] in
                guard let signal = await names.first(where: { _ in true }) else { return }
                logger.info("ending", metadata: ["signal": "\(signal)"])
                await rooms.drain(within: Self.drainTime)
                await rooms.shutDown()
            }
            // The first task to end ends the server: the signal, or a service that cannot go on.
            while try await group.next() != nil {
                group.cancelAll()
                break
            }
            group.cancelAll()
        }
    }

    private func makeLogger() -> Logger {
        var logger = Logger(label: "forestage")
        logger.logLevel = configuration.logLevel
        return logger
    }

    private func httpConfiguration(_ https: ServerHTTPS?) -> HTTPConfiguration {
        var http = configuration.httpServer
        http.https = https?.configuration
        let files = configuration.browserFiles ?? BrowserFiles.folder.path
        http.webDirectory = files + "/Web"
        http.clientDirectory = files + "/Client"
        return http
    }

    private func apiKey() throws -> APIKey? {
        if let key = try configuration.key { return key }
        guard configuration.isDevelopment else { return nil }
        // For this run alone, so that tokens and invitations can be tried out without a configuration.
        var generator = SystemRandomNumberGenerator()
        return APIKey.generate(using: &generator)
    }

    private func announce(_ engine: MediaEngine, _ logger: Logger) {
        for worker in engine.workers {
            let addresses = worker.addresses.map(\.description).joined(separator: ", ")
            logger.info("media", metadata: ["worker": "\(worker.id)", "addresses": "\(addresses)"])
        }
        if configuration.traceFolder != nil, !configuration.controlsCongestion {
            logger.warning("media.trace writes nothing while media.congestionControl is false: nothing is estimated")
        }
        if !configuration.isDevelopment, configuration.allowedOrigins.contains("*") {
            logger.warning("allowedOrigins holds *: pages of every site may use this server; name the sites that may")
        }
        if configuration.isDevelopment {
            logger.warning("development mode: anybody may make rooms and tokens; do not expose this server")
        }
    }
}
