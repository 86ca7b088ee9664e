import ICE
import Primitives
import Testing

/// A lite agent with a clock, and the paths of a peer.
struct LiteAgentFixture {
    static let server = ICECredentials(usernameFragment: "srvUfrag", password: "serverPasswordOfManyChars")
    static let client = ICECredentials(usernameFragment: "cli1", password: "clientPasswordOfManyChars")
    static let restartedServer = ICECredentials(usernameFragment: "srvAgain", password: "serverPasswordAfterRestart")
    static let restartedClient = ICECredentials(usernameFragment: "cli2", password: "clientPasswordAfterRestart")

    static func path(_ host: UInt8, port: UInt16 = 5_000) -> NetworkPath {
        NetworkPath(
            local: TransportAddress(v4: 10, 0, 0, 1, port: 443),
            remote: TransportAddress(v4: 192, 0, 2, host, port: port))
    }
    static let first = path(1)
    static let second = path(2)

    var agent: ICELiteAgent
    var now = MonotonicInstant.zero
    /// What the agent wrote to the last datagram.
    var response: [UInt8] = []

    init(limits: ICELiteAgent.Limits = .init()) {
        agent = ICELiteAgent(local: Self.server, remote: Self.client, now: .zero, limits: limits)
    }

    /// An agent that has selected the first path at zero.
    static func connected() -> LiteAgentFixture {
        var fixture = LiteAgentFixture()
        _ = fixture.check(on: first, nominating: true)
        return fixture
    }

    mutating func receive(_ octets: [UInt8], on path: NetworkPath) -> ICELiteAgent.OnDatagram {
        agent.receive(octets.span, on: path, now: now, response: &response)
    }

    mutating func check(on path: NetworkPath, nominating: Bool = false) -> ICELiteAgent.OnDatagram {
        receive(Check(to: Self.server, from: Self.client, nominating: nominating).octets, on: path)
    }

    mutating func checkAfterRestart(on path: NetworkPath, nominating: Bool = false) -> ICELiteAgent.OnDatagram {
        receive(Check(to: Self.restartedServer, from: Self.restartedClient, nominating: nominating).octets, on: path)
    }

    mutating func restart() {
        agent.restart(local: Self.restartedServer, remote: Self.restartedClient, now: now)
    }

    mutating func media(on path: NetworkPath) { _ = agent.noteMedia(on: path, now: now) }

    mutating func advance(_ duration: Duration) { now = now + duration }

    mutating func timeout() -> ICELiteAgent.OnTimeout { agent.handleTimeout(now: now) }

    /// The last response, parsed; its integrity is checked against the server's password.
    func parsedResponse(password: String = server.password) throws -> STUNMessage {
        let message = try STUNMessageTests.parse(response)
        #expect(try STUNMessageTests.verifies(response, key: Array(password.utf8)))
        #expect(message.hasFingerprint)
        return message
    }
}
