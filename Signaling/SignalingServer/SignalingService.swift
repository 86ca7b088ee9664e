import AccessTokens
import Admission
import Hummingbird
import Logging
import MetricsText
import NIOCore
import Rooms
import SignalingProtocol

/// The signaling front of the rooms: HTTP, WebSockets and the web app on one port.
package struct SignalingService: Sendable {
    private let configuration: SignalingConfiguration
    private let rooms: any RoomDirectory
    private let keys: [APIKey]
    private let codecs: CodecsInfo
    private let slots: Int
    private let logger: Logger
    private let metrics: @Sendable (inout MetricsWriter) async -> Void
    private let isHealthy: @Sendable () async -> Bool
    private let otherRoutes: @Sendable (Router<BasicRequestContext>) -> Void
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// - Parameters:
    ///   - configuration: what `validate()` has nothing to say about.
    ///   - roomsConfiguration: that of `rooms`; its codecs and slots are announced to clients before they join.
    ///   - keys: API keys whose tokens are taken. The first signs the tokens and invitations that the server makes; without
    ///     one it makes none.
    ///   - metrics: writes what `GET /metrics` shows besides the service's own figures.
    ///   - isHealthy: whether the server takes new participants.
    ///   - otherRoutes: adds what others serve on the same port, such as the doors of WHIP and WHEP.
    ///   - onListening: told the port once the server listens.
    package init(
        configuration: SignalingConfiguration, rooms: any RoomDirectory, roomsConfiguration: RoomsConfiguration,
        keys: [APIKey], logger: Logger, metrics: @escaping @Sendable (inout MetricsWriter) async -> Void = { _ in },
        isHealthy: @escaping @Sendable () async -> Bool = { true },
        otherRoutes: @escaping @Sendable (Router<BasicRequestContext>) -> Void = { _ in },
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.rooms = rooms
        self.keys = keys
        codecs = CodecsInfo(
            audio: names(roomsConfiguration.settings.audioCodecs),
            video: names(roomsConfiguration.settings.videoCodecs))
        slots = min(roomsConfiguration.maximumSlots, ProtocolLimits.slots)
        self.logger = logger
        self.metrics = metrics
        self.isHealthy = isHealthy
        self.otherRoutes = otherRoutes
        self.onListening = onListening
    }

    /// Serves until the task is cancelled, or the service group around it shuts down gracefully; clients are told.
    /// - Throws: `SignalingServiceError` where it cannot listen, cannot find its files, or is set up wrongly.
    package func run() async throws {
        if let problem = configuration.validate().first { throw SignalingServiceError(problem) }
        let telemetry = ClientTelemetry()
        let admission = TokenAdmission(isDevelopment: configuration.isDevelopment, keys: keys)
        let signer = keys.first.map(AccessTokenSigner.init(key:))
        var http = SignalingHTTPServer(
            configuration: configuration, admission: admission, signer: signer, admissions: rooms.admissions,
            document: ConfigurationDocument(
                development: configuration.isDevelopment, codecs: codecs, iceServers: configuration.iceServers,
                limits: .init(slots: slots)),
            metrics: { [metrics] connections in
                var writer = MetricsWriter()
                writer.gauge(
                    "forestage_signaling_connections", "WebSocket connections that are open.",
                    [.init(Double(connections))])
                telemetry.addMetrics(to: &writer)
                await metrics(&writer)
                return writer.text
            },
            isHealthy: isHealthy, session: { _, _ in }, logger: logger)
        let server = SignalingSession.Server(
            rooms: rooms,
            authorization: JoinAuthorization(admission: admission),
            invitations: InvitationDesk(signer: signer, verifier: admission.verifier, admissions: rooms.admissions),
            configuration: configuration, telemetry: telemetry, secondsSince1970: http.secondsSince1970, logger: logger)
        http.session = { connection, inputs in await SignalingSession(server, connection).run(inputs) }
        http.report = { [rooms] in await rooms.report(of: $0, participant: $1, from: $2) }
        http.otherRoutes = otherRoutes
        http.onListening = onListening
        try await http.run()
    }
}
