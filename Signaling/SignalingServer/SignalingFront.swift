import AccessTokens
import Admission
import Foundation
import HTTPServer
import Hummingbird
import HummingbirdCore
import Logging
import Rooms
import SignalingProtocol

/// Signaling as a front of the HTTP server: its routes, and connections that become WebSockets.
struct SignalingFront: HTTPFront {
    private let routes: SignalingRoutes
    private let configuration: SignalingConfiguration
    private let http: HTTPConfiguration
    private let session: WebSocketSession

    /// - Parameters:
    ///   - http: that of the server, for its origins and timeouts.
    ///   - signer: signs the tokens of development mode.
    ///   - admissions: who stays out, and which invitations are good.
    ///   - session: runs on each WebSocket.
    ///   - secondsSince1970: the clock of the tokens.
    init(
        configuration: SignalingConfiguration, http: HTTPConfiguration, admission: TokenAdmission,
        signer: AccessTokenSigner?, admissions: Admissions, document: ConfigurationDocument,
        secondsSince1970: @escaping @Sendable () -> Int, session: @escaping WebSocketSession
    ) {
        let policy = UpgradePolicy(origins: http.origins, proxies: http.proxies, admission: admission)
        let connections = ConnectionCount(limit: configuration.maximumConnections)
        routes = SignalingRoutes(
            policy: policy, connections: connections,
            tokens: TokenRoute(
                configuration: configuration, signer: signer,
                invitations: InvitationDesk(signer: signer, verifier: admission.verifier, admissions: admissions),
                secondsSince1970: secondsSince1970), document: document, secondsSince1970: secondsSince1970)
        self.configuration = configuration
        self.http = http
        self.session = session
    }

    func addRoutes(to router: Router<ServerRequestContext>) { routes.addRoutes(to: router) }
    func methods(at path: String) -> String? { routes.methods(at: path) }
    func crossOriginMethods(at path: String) -> String? { routes.crossOriginMethods(at: path) }

    /// WebSockets that are open.
    var openConnections: Int { routes.connections.current }

    /// The server's connections: HTTP, or a WebSocket after a first request that asks for one.
    var connections: HTTPConnections {
        HTTPConnections { responder in
            SignalingChannel(
                responder: responder, configuration: configuration, http: http, policy: routes.policy,
                connections: routes.connections, secondsSince1970: routes.secondsSince1970, session: session)
        }
    }
}
