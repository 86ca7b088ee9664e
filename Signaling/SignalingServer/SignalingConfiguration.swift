import SignalingProtocol

/// How the signaling server is set up. Every value has a default; `validate()` lists what is wrong, all at once.
package struct SignalingConfiguration: Sendable {
    /// The host name or address to listen on.
    package var host = "127.0.0.1"
    /// The TCP port to listen on; 0 lets the system choose one.
    package var port = 8080
    /// Rooms and tokens for everybody who asks; for trying things out.
    package var isDevelopment = false
    /// The folder of the web app's files, served at `/`; `nil` serves none.
    package var webDirectory: String?
    /// The folder of the browser SDK's files, served at `/client/`; `nil` serves none.
    package var clientDirectory: String?
    /// Origins of pages that may connect, besides those of the server's own host: `https://example.org`, or `*` for all.
    package var allowedOrigins: [String] = []
    /// Where `GET /metrics` is served, and nothing else; `nil` serves it with everything else.
    package var metricsAddress: (host: String, port: Int)?
    /// What readers of `/metrics` must send as Bearer token (RFC 6750); `nil` asks for none.
    package var metricsToken: String?
    /// WebSocket connections at once; more get status 503.
    package var maximumConnections = 10_000
    /// From one ping to the next.
    package var pingInterval: Duration = .seconds(15)
    /// A connection from which nothing came for so long is closed.
    package var silenceTimeout: Duration = .seconds(35)
    /// From the upgrade to `join`.
    package var joinTimeout: Duration = .seconds(10)
    /// From the TCP connection to the end of the first request's head.
    package var firstRequestTimeout: Duration = .seconds(10)
    /// How long an HTTP connection may be idle.
    package var idleTimeout: Duration = .seconds(60)
    /// How long a close frame may take to be answered.
    package var closeTimeout: Duration = .seconds(2)
    /// Messages that wait for a client that does not read.
    package var outboundMessages = 1024
    /// Octets that wait for a client that does not read.
    package var outboundOctets = 4 * 1024 * 1024
    /// Handed to clients in `joined`.
    package var iceServers: [ICEServer] = []
    /// How long a token of `POST /v1/tokens` is good for.
    package var developmentTokenLifetime: Duration = .seconds(6 * 3600)

    package init() {}

    /// What is wrong with these values, each a sentence that says what to change; empty if nothing is.
    package func validate() -> [String] {
        var problems: [String] = []
        if host.isEmpty { problems.append("the host to listen on is empty; 127.0.0.1, ::1, 0.0.0.0 and :: are usual") }
        if !(0...65_535).contains(port) { problems.append("port \(port) does not exist; choose one from 0 to 65535") }
        for origin in allowedOrigins where origin != "*" {
            let isOrigin = ["http://", "https://"].contains { origin.hasPrefix($0) && origin.count > $0.count }
            if !isOrigin || origin.split(separator: "/", omittingEmptySubsequences: false).count != 3 {
                problems.append("allowed origin \"\(origin)\" must look like https://example.org, without a path")
            }
        }
        if maximumConnections < 1 { problems.append("at least one connection must be allowed") }
        for (name, value) in [
            ("ping interval", pingInterval), ("silence timeout", silenceTimeout), ("join timeout", joinTimeout),
            ("first request timeout", firstRequestTimeout), ("idle timeout", idleTimeout),
            ("close timeout", closeTimeout),
        ] where value <= .zero {
            problems.append("the \(name) must be more than nothing")
        }
        if silenceTimeout <= pingInterval {
            problems.append(
                "the silence timeout must be longer than the ping interval, or every quiet client is closed")
        }
        if outboundMessages < 1 || outboundOctets < ProtocolLimits.messageSize {
            problems.append("at least one message and \(ProtocolLimits.messageSize) octets must be allowed to wait")
        }
        return problems
    }
}
