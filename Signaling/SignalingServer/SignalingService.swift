import AccessTokens
import Admission
import Foundation
import HTTPServer
import Hummingbird
import HummingbirdCore
import Logging
import MetricsText
import Rooms
import SignalingProtocol

/// The signaling front of the rooms: WebSockets, tokens, and the server API.
package struct SignalingService: HTTPFront {
    private let front: SignalingFront
    private let telemetry = ClientTelemetry()
    private let desk: ResumeDesk
    /// The rooms' debug pages, for operators.
    package let debugPages: any HTTPFront

    /// - Parameters:
    ///   - configuration: what `validate()` has nothing to say about.
    ///   - http: the configuration of the server that this front registers with.
    ///   - roomsConfiguration: that of `rooms`; its codecs and slots are announced to clients before they join.
    ///   - keys: API keys whose tokens are taken. The first signs the tokens and invitations that the server makes; without
    ///     one it makes none.
    package init(
        configuration: SignalingConfiguration, http: HTTPConfiguration, rooms: any RoomDirectory,
        roomsConfiguration: RoomsConfiguration, keys: [APIKey], logger: Logger
    ) {
        let admission = TokenAdmission(isDevelopment: configuration.isDevelopment, keys: keys)
        let signer = keys.first.map(AccessTokenSigner.init(key:))
        let secondsSince1970: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
        let server = SignalingSession.Server(
            rooms: rooms,
            authorization: JoinAuthorization(admission: admission),
            invitations: InvitationDesk(signer: signer, verifier: admission.verifier, admissions: rooms.admissions),
            configuration: configuration, telemetry: telemetry, secondsSince1970: secondsSince1970, logger: logger)
        desk = server.desk
        let codecs = CodecsInfo(
            audio: names(roomsConfiguration.settings.audioCodecs),
            video: names(roomsConfiguration.settings.videoCodecs))
        front = SignalingFront(
            configuration: configuration, http: http, admission: admission, signer: signer,
            admissions: rooms.admissions,
            document: ConfigurationDocument(
                development: configuration.isDevelopment, codecs: codecs,
                iceServers: configuration.iceServers.openEntries.map(ICEServer.init),
                limits: .init(slots: min(roomsConfiguration.maximumSlots, ProtocolLimits.slots))),
            secondsSince1970: secondsSince1970
        ) { connection, inputs in await server.serve(connection, inputs) }
        debugPages = DebugPage(
            access: http.operatorGuard, isOpen: configuration.isDevelopment || http.metricsAddress != nil
        ) { [rooms] in await rooms.report(of: $0, participant: $1, from: $2) }
    }

    package func addRoutes(to router: Router<ServerRequestContext>) { front.addRoutes(to: router) }
    package func methods(at path: String) -> String? { front.methods(at: path) }
    package func crossOriginMethods(at path: String) -> String? { front.crossOriginMethods(at: path) }

    /// The server's connections: HTTP, or a WebSocket after a first request that asks for one.
    package var connections: HTTPConnections { front.connections }

    /// Writes the front's figures.
    package func addMetrics(to metrics: inout MetricsWriter) {
        metrics.gauge(
            "forestage_signaling_connections", "WebSocket connections that are open.",
            [.init(Double(front.openConnections))])
        desk.addMetrics(to: &metrics)
        telemetry.addMetrics(to: &metrics)
    }
}
