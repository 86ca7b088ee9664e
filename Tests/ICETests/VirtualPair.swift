import ICE
import Primitives

/// A controlling agent and a lite agent with a lossy link between them, in virtual time.
struct VirtualPair {
    /// A datagram under way.
    private struct Flight {
        var octets: [UInt8]
        /// As the receiver sees it.
        var path: NetworkPath
        var arrival: MonotonicInstant
        var isToServer: Bool
    }

    static let serverAddress = TransportAddress(v4: 10, 0, 0, 1, port: 443)
    static let clientAddress = TransportAddress(v4: 192, 168, 0, 2, port: 50_000)

    var client: ICEControllingAgent
    var server: ICELiteAgent
    var now = MonotonicInstant.zero
    /// The client's address as the server sees it; another one is a new mapping of its NAT.
    var mappedAddress = clientAddress
    /// The part of datagrams that are lost, 0 to 1.
    var loss: Double
    /// Whether the link is cut in both directions.
    var isCut = false
    let latency = Duration.milliseconds(20)

    private(set) var connectedAt: MonotonicInstant?
    private(set) var clientEnd: (at: MonotonicInstant, what: ICEControllingAgent.OnTimeout)?
    private(set) var serverEnd: (at: MonotonicInstant, what: ICELiteAgent.OnTimeout)?
    private(set) var clientFailure: ICEControllingAgent.FailureReason?
    private(set) var sentToServer = 0
    private var flights: [Flight] = []
    private var generator: SeededGenerator

    init(seed: UInt64, loss: Double = 0, remoteCandidates: [TransportAddress] = [serverAddress]) {
        generator = SeededGenerator(seed: seed)
        self.loss = loss
        let serverCredentials = ICECredentials.random(using: &generator)
        let clientCredentials = ICECredentials.random(using: &generator)
        server = ICELiteAgent(local: serverCredentials, remote: clientCredentials, now: .zero)
        client = ICEControllingAgent(
            local: clientCredentials, remote: serverCredentials, remoteCandidates: remoteCandidates,
            localAddress: Self.clientAddress, generator: SeededGenerator(seed: seed &+ 1), now: .zero)
    }

    /// Runs until `end`, event by event.
    mutating func run(until end: MonotonicInstant) {
        while let next = nextEvent, next <= end {
            now = max(now, next)
            deliver()
            let clientOutcome = client.handleTimeout(now: now)
            if clientOutcome != .none { clientEnd = (now, clientOutcome) }
            let serverOutcome = server.handleTimeout(now: now)
            if serverOutcome != .none { serverEnd = (now, serverOutcome) }
            drainClient()
        }
        now = end
    }

    /// Runs for `duration`.
    mutating func run(for duration: Duration) { run(until: now + duration) }

    private var nextEvent: MonotonicInstant? {
        earliest(flights.map(\.arrival).min(), earliest(client.nextTimeout, server.nextTimeout))
    }

    private mutating func deliver() {
        let arrived = flights.filter { $0.arrival <= now }
        flights.removeAll { $0.arrival <= now }
        for flight in arrived {
            if flight.isToServer {
                receiveAtServer(flight)
            } else {
                switch client.receive(flight.octets.span, on: flight.path, now: now) {
                case .connected: connectedAt = now
                case .failed(let reason): clientFailure = reason
                case .none, .drop: break
                }
            }
        }
    }

    private mutating func receiveAtServer(_ flight: Flight) {
        var response: [UInt8] = []
        switch server.receive(flight.octets.span, on: flight.path, now: now, response: &response) {
        case .answer, .answerSelecting:
            // The NAT sends it on to whoever has the mapping now.
            guard flight.path.remote == mappedAddress else { return }
            let path = NetworkPath(local: client.localAddress, remote: flight.path.local)
            send(Flight(octets: response, path: path, arrival: now + latency, isToServer: false))
        case .drop: break
        }
    }

    private mutating func drainClient() {
        while let (octets, path) = client.nextDatagram() {
            sentToServer += 1
            guard path.remote == Self.serverAddress else { continue }
            let seen = NetworkPath(local: path.remote, remote: mappedAddress)
            send(Flight(octets: octets, path: seen, arrival: now + latency, isToServer: true))
        }
    }

    private mutating func send(_ flight: Flight) {
        if isCut || Double.random(in: 0..<1, using: &generator) < loss { return }
        flights.append(flight)
    }
}
