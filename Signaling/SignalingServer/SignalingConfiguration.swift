import Admission
import SignalingProtocol

/// How signaling is set up. Every value has a default; `validate()` lists what is wrong, all at once.
package struct SignalingConfiguration: Sendable {
    /// Rooms and tokens for everybody who asks; for trying things out.
    package var isDevelopment = false
    /// WebSocket connections at once; more get status 503.
    package var maximumConnections = 10_000
    /// From one ping to the next.
    package var pingInterval: Duration = .seconds(15)
    /// A connection from which nothing came for so long is closed.
    package var silenceTimeout: Duration = .seconds(35)
    /// From the upgrade to `join`.
    package var joinTimeout: Duration = .seconds(10)
    /// How long a close frame may take to be answered.
    package var closeTimeout: Duration = .seconds(2)
    /// Messages that wait for a client that does not read.
    package var outboundMessages = 1024
    /// Octets that wait for a client that does not read.
    package var outboundOctets = 4 * 1024 * 1024
    /// Handed to clients in `joined`, with credentials of their own.
    package var iceServers = ICEServers()
    /// How long a token of `POST /v1/tokens` is good for.
    package var developmentTokenLifetime: Duration = .seconds(6 * 3600)

    package init() {}

    /// What is wrong with these values, each a sentence that says what to change; empty if nothing is.
    package func validate() -> [String] {
        var problems: [String] = []
        if maximumConnections < 1 { problems.append("at least one connection must be allowed") }
        for (name, value) in [
            ("ping interval", pingInterval), ("silence timeout", silenceTimeout), ("join timeout", joinTimeout),
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
