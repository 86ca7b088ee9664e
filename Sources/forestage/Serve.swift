import ArgumentParser
import ProgramSupport

/// Runs the server until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server.",
        discussion: "'forestage settings' lists what the configuration file and the environment may say.")

    @Option(help: ArgumentHelp("Configuration file (JSON); see Docs/Operations.md.", valueName: "file"))
    var config: String?

    @Flag(help: "Development: rooms on demand, tokens for everybody. Never on a public server.")
    var dev = false

    @Option(help: ArgumentHelp("Where to serve HTTP and WebSocket (default 127.0.0.1:8080).", valueName: "host:port"))
    var http: String?

    @Option(
        help: ArgumentHelp(
            "Where to serve HTTPS and WebSocket within TLS; --http beside it leads there.", valueName: "host:port"))
    var https: String?

    @Option(
        name: .customLong("tls-certificate"),
        help: ArgumentHelp("PEM file with the certificate of --https and its chain.", valueName: "file"))
    var tlsCertificate: String?

    @Option(
        name: .customLong("tls-key"), help: ArgumentHelp("PEM file with the certificate's key.", valueName: "file"))
    var tlsKey: String?

    @Flag(
        name: .customLong("dev-https"),
        help: "Development with HTTPS (default 0.0.0.0:8443) and a certificate of its own, for a phone beside you.")
    var devHTTPS = false

    @Option(
        name: .customLong("media-address"),
        help: ArgumentHelp(
            "Address announced for media; may be repeated (default: every interface's and 127.0.0.1).",
            valueName: "ip"))
    var mediaAddresses: [String] = []

    @Option(
        name: .customLong("media-ports"),
        help: ArgumentHelp("UDP and TCP ports for media, one per worker (default 7882-7897).", valueName: "a-b"))
    var mediaPorts: String?

    @Flag(name: .customLong("no-gso"), help: "Send each datagram by itself (no UDP segmentation offload).")
    var withoutSegmentationOffload = false

    @Option(
        help: ArgumentHelp(
            "Folder for traces of what is estimated of each viewer's path; see Docs/CongestionControl.md.",
            valueName: "folder"))
    var trace: String?

    @Option(
        name: .customLong("browser-files"),
        help: ArgumentHelp("Folder with Client and Web to serve in place of the built-in ones.", valueName: "folder"))
    var browserFiles: String?

    func run() async throws {
        OpenFiles.raiseLimit()
        do {
            try await Server(configuration: effectiveConfiguration()).run()
        } catch {
            throw failure(error, of: "forestage")
        }
    }

    private func effectiveConfiguration() throws(OperatorError) -> ServerConfiguration {
        try ServerConfiguration.read(file: config, validate: { $0.validate() }) { reader in
            if dev { reader.readOption("--dev", "development", .text("true")) }
            if devHTTPS {
                reader.readOption("--dev-https", "development", .text("true"))
                reader.readOption("--dev-https", "tls.development", .text("true"))
            }
            if let https { reader.readOption("--https", "https", .text(https)) }
            if let tlsCertificate { reader.readOption("--tls-certificate", "tls.certificate", .text(tlsCertificate)) }
            if let tlsKey { reader.readOption("--tls-key", "tls.key", .text(tlsKey)) }
            if let http { reader.readOption("--http", "http", .text(http)) }
            if !mediaAddresses.isEmpty {
                reader.readOption("--media-address", "media.addresses", .words(mediaAddresses))
            }
            if let mediaPorts { reader.readOption("--media-ports", "media.ports", .text(mediaPorts)) }
            if withoutSegmentationOffload {
                reader.readOption("--no-gso", "media.segmentationOffload", .text("false"))
            }
            if let trace { reader.readOption("--trace", "media.trace", .text(trace)) }
            if let browserFiles { reader.readOption("--browser-files", "browserFiles", .text(browserFiles)) }
        }
    }
}
