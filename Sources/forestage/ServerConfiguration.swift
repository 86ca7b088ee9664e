import AccessTokens
import Admission
import Foundation
import HTTPDoors
import HTTPServer
import Logging
import MediaRuntime
import Primitives
import ProgramSupport
import Rooms
import SignalingServer

/// How a server runs. Each value comes from the command line, else from the environment (`FORESTAGE_HTTP`,
/// `FORESTAGE_MEDIA_PORTS`, ...), else from the configuration file, else from its default here. `Settings.all` says how
/// each is written and what it is.
struct ServerConfiguration: Sendable {
    /// `nil`: `defaultHTTP` without HTTPS, nothing beside it.
    var http: String?
    /// `nil`: no HTTPS; `developmentHTTPS` where the server makes its certificate.
    var https: String?
    var certificateFile: String?
    var keyFile: String?
    /// Whether the server makes a certificate for the addresses of its machine.
    var makesCertificate = false
    var isDevelopment = false
    var apiKey: String?
    /// Whoever knows it makes access tokens.
    var apiSecret: String?
    /// Empty: every interface's and 127.0.0.1.
    var mediaAddresses: [String] = []
    var mediaPorts = "7882-7897"
    var workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
    var usesSegmentationOffload = true
    var frameHoldMilliseconds = MediaConfiguration.defaultFrameHold.inMilliseconds
    var controlsCongestion = true
    var acceptsTCP = true
    /// `nil`: no traces.
    var traceFolder: String?
    /// URLs of STUN and TURN servers.
    var iceServers: [String] = []
    /// Shared with the TURN servers; in place of `iceUsername` and `iceCredential`.
    var iceSecret: String?
    var iceUsername: String?
    var iceCredential: String?
    /// How long credentials that the secret makes are valid.
    var iceCredentialMinutes = 720
    var hasEncryptedPayloads = false
    var takesRedundantAudio = false
    var lastHostLeaves = RoomSettings().lastHostLeaves
    var lastHostLeavesSeconds = Int(RoomSettings().lastHostGrace.components.seconds)
    var resumeSeconds = Int(RoomsConfiguration().resumeWindow.components.seconds)
    var allowedOrigins: [String] = []
    var trustedProxies: [String] = []
    /// `nil`: `/metrics` is served with everything else.
    var metricsAddress: String?
    /// `nil`: whoever reaches `/metrics` reads it.
    var metricsToken: String?
    var logLevel = Logger.Level.info
    /// `nil`: the built-in ones.
    var browserFiles: String?

    /// Reads the file, where one is given, the environment, and then what `options` adds of the command line.
    ///
    /// - Throws: `OperatorError` with every problem, a line each.
    static func read(
        file: String?, environment: [String: String] = ProcessInfo.processInfo.environment,
        validate: (ServerConfiguration) -> [String], options: (inout SettingsReader) -> Void = { _ in }
    ) throws(OperatorError) -> ServerConfiguration {
        var reader = SettingsReader()
        if let file { reader.readFile(file) }
        reader.readEnvironment(environment)
        options(&reader)
        let problems = reader.problems + (reader.isComplete ? validate(reader.configuration) : [])
        guard problems.isEmpty else { throw OperatorError(problems) }
        return reader.configuration
    }

    /// What is wrong with values that are right by themselves, a line each.
    func validate() -> [String] {
        var problems = keyProblems
        if hasEncryptedPayloads, takesRedundantAudio {
            problems.append(
                "rooms.redundantAudio must be false where rooms.encryptedPayloads is true: it could not be unwrapped")
        }
        problems += listenerProblems
        if problems.isEmpty, let certificateFiles {
            do throws(CertificateError) {
                _ = try certificateFiles.read(now: Int64(Date().timeIntervalSince1970))
            } catch {
                problems.append("\(error)")
            }
        }
        problems += iceProblems
        if problems.isEmpty {
            problems += rooms.validate() + httpServer.validate() + signaling.validate() + doors.validate()
        }
        return problems
    }

    /// Where plain HTTP is served, where nothing else is said.
    static let defaultHTTP = "127.0.0.1:8080"
    /// Where HTTPS is served with a certificate that the server makes: for the machines around this one.
    static let developmentHTTPS = "0.0.0.0:8443"

    /// Where HTTPS is served; `nil` without.
    var httpsAddress: String? { https ?? (makesCertificate ? Self.developmentHTTPS : nil) }

    /// Where plain HTTP is served or leads to HTTPS; `nil` for nowhere.
    var httpAddress: String? { http ?? (httpsAddress == nil ? Self.defaultHTTP : nil) }

    /// What is wrong with the addresses to listen on, and with the certificate.
    private var listenerProblems: [String] {
        var problems: [String] = []
        let addresses = [("http", httpAddress), ("https", httpsAddress), ("metrics.address", metricsAddress)]
        var taken: [HostAndPort: String] = [:]
        for (name, text) in addresses {
            guard let text, let address = HostAndPort(text), address.port != 0 else { continue }
            if let other = taken.updateValue(name, forKey: address) {
                problems.append("\(name) must be another than \(other), not \(text) as well")
            }
        }
        // One that is wrong by itself has been told already.
        guard https.map({ HostAndPort($0) != nil }) ?? true,
            [certificateFile, keyFile].allSatisfy({ $0.map(Settings.isPath) ?? true })
        else { return problems }
        switch (certificateFile, keyFile) {
        case (_?, nil): problems.append("tls.certificate is there without tls.key: give both")
        case (nil, _?): problems.append("tls.key is there without tls.certificate: give both")
        case (_?, _?) where makesCertificate:
            problems.append(
                "tls.development makes a certificate of its own: leave it out, or tls.certificate and tls.key")
        case (_?, _?) where https == nil:
            problems.append("tls.certificate is there without https: say where to serve it (--https 0.0.0.0:443)")
        case (nil, nil) where https != nil && !makesCertificate:
            problems.append(
                "https is there without a certificate: give tls.certificate and tls.key, or try it out with --dev-https"
            )
        default: break
        }
        if makesCertificate, !isDevelopment {
            problems.append("tls.development is for trying it out: set development as well (--dev)")
        }
        return problems
    }

    /// The files of the certificate, where there are any.
    var certificateFiles: CertificateFiles? {
        guard let certificateFile, let keyFile else { return nil }
        return CertificateFiles(certificate: certificateFile, key: keyFile)
    }

    /// What keeps the commands that sign from signing: they need the key in development mode as well.
    var problemsOfSigning: [String] {
        var configuration = self
        configuration.isDevelopment = false
        return configuration.keyProblems
    }

    private var keyProblems: [String] {
        switch (apiKey, apiSecret) {
        case (nil, nil) where isDevelopment: []
        case (nil, nil):
            [
                "no API key: run 'forestage keys' and put apiKey and apiSecret into the configuration file "
                    + "(or FORESTAGE_API_KEY and FORESTAGE_API_SECRET), or try it out with --dev"
            ]
        case (_?, nil): ["apiKey is there without apiSecret: give both, or neither with --dev"]
        case (nil, _?): ["apiSecret is there without apiKey: give both, or neither with --dev"]
        case (_?, _?): []
        }
    }

    private var iceProblems: [String] {
        guard hasGoodCredentials else { return [] }
        let usesPassword = iceUsername != nil || iceCredential != nil
        if iceSecret != nil, usesPassword {
            return ["ice.secret makes credentials: give it, or ice.username and ice.credential, not both"]
        }
        if usesPassword, iceUsername == nil || iceCredential == nil {
            return ["ice.username and ice.credential belong together: give both, or ice.secret"]
        }
        return ice.validate()
    }

    /// The key that signs and checks access tokens, where there is one.
    var key: APIKey? {
        get throws(AccessTokenError) {
            guard let apiKey, let apiSecret else { return nil }
            return try APIKey(key: apiKey, secret: apiSecret)
        }
    }

    // MARK: For the parts of the server

    /// The media plane's part; `read` has checked the texts.
    var media: MediaConfiguration {
        MediaConfiguration(
            ports: PortRange.read(mediaPorts) ?? 7_882...7_897, workers: workers,
            addresses: mediaAddresses.compactMap { TransportAddress($0, port: 0) },
            usesSegmentationOffload: usesSegmentationOffload,
            frameHold: .nanoseconds(Int64(frameHoldMilliseconds * 1e6)), controlsCongestion: controlsCongestion,
            traceFolder: traceFolder, acceptsTCP: acceptsTCP)
    }

    /// False where a text is wrong by itself, which is told already.
    private var hasGoodCredentials: Bool {
        [iceSecret, iceUsername, iceCredential].compactMap { $0 }.allSatisfy(Settings.isCredential)
    }

    /// The STUN and TURN servers' part.
    var ice: ICEServers {
        guard hasGoodCredentials else { return ICEServers() }
        var servers = ICEServers(urls: iceServers)
        if let iceSecret {
            servers.credentials = .timeLimited(secret: iceSecret, lifetime: iceCredentialMinutes * 60)
        } else if let iceUsername, let iceCredential {
            servers.credentials = .fixed(username: iceUsername, credential: iceCredential)
        }
        return servers
    }

    /// The rooms' part.
    var rooms: RoomsConfiguration {
        var rooms = RoomsConfiguration()
        rooms.createsRoomsOnDemand = isDevelopment
        rooms.settings.hasEncryptedPayloads = hasEncryptedPayloads
        rooms.settings.lastHostLeaves = lastHostLeaves
        rooms.settings.lastHostGrace = .seconds(lastHostLeavesSeconds)
        rooms.resumeWindow = .seconds(resumeSeconds)
        if takesRedundantAudio { rooms.settings.preferRedundantAudio() }
        return rooms
    }

    /// The part of WHIP and WHEP.
    var doors: DoorsConfiguration {
        var doors = DoorsConfiguration()
        doors.isDevelopment = isDevelopment
        doors.iceServers = ice
        return doors
    }

    /// The HTTP server's part, without the browser's files and TLS.
    var httpServer: HTTPConfiguration {
        var server = HTTPConfiguration()
        if let address = (httpsAddress ?? httpAddress).flatMap(HostAndPort.init) {
            server.host = address.host
            server.port = address.port
        }
        server.rereadsFiles = isDevelopment
        server.allowedOrigins = allowedOrigins
        server.trustedProxies = trustedProxies
        server.answersLocalNamesOnly = isDevelopment
        server.metricsAddress = metricsAddress.flatMap(HostAndPort.init).map { ($0.host, $0.port) }
        server.metricsToken = metricsToken
        return server
    }

    /// The signaling's part.
    var signaling: SignalingConfiguration {
        var signaling = SignalingConfiguration()
        signaling.isDevelopment = isDevelopment
        signaling.iceServers = ice
        return signaling
    }
}
