import AccessTokens
import ArgumentParser
import BrowserFiles
import Foundation
import Logging
import MediaRuntime
import Rooms
import SignalingServer

/// Runs the server until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the server.")

    @Option(help: ArgumentHelp("Configuration file (JSON); see Docs/Operations.md.", valueName: "file"))
    var config: String?

    @Flag(help: "Development: rooms on demand, tokens for everybody. Never on a public server.")
    var dev = false

    @Option(help: ArgumentHelp("Where to serve HTTP and WebSocket (default 127.0.0.1:8080).", valueName: "host:port"))
    var http: String?

    @Option(
        name: .customLong("media-address"),
        help: ArgumentHelp(
            "Address announced for media; may be repeated (default: every interface's and 127.0.0.1).",
            valueName: "ip"))
    var mediaAddresses: [String] = []

    @Option(
        name: .customLong("media-ports"),
        help: ArgumentHelp("UDP ports for media, one per worker (default 7882-7897).", valueName: "a-b"))
    var mediaPorts: String?

    @Flag(name: .customLong("no-gso"), help: "Send each datagram by itself (no UDP segmentation offload).")
    var withoutSegmentationOffload = false

    @Option(
        name: .customLong("browser-files"),
        help: ArgumentHelp("Folder with Client and Web to serve in place of the built-in ones.", valueName: "folder"))
    var browserFiles: String?

    func run() async throws {
        do {
            try await Server(configuration: effectiveConfiguration()).run()
        } catch {
            FileHandle.standardError.write(Data("forestage: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func effectiveConfiguration() async throws -> ServerConfiguration {
        var configuration = try await ServerConfiguration.read(file: config)
        if dev { configuration.isDevelopment = true }
        if let http { configuration.http = http }
        if !mediaAddresses.isEmpty { configuration.mediaAddresses = mediaAddresses }
        if let mediaPorts { configuration.mediaPorts = mediaPorts }
        if withoutSegmentationOffload { configuration.usesSegmentationOffload = false }
        if let browserFiles { configuration.browserFiles = browserFiles }
        let problems = configuration.validate()
        guard problems.isEmpty else { throw OperatorError(problems.joined(separator: "\nforestage: ")) }
        return configuration
    }
}
