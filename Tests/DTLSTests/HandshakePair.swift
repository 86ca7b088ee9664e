import Cryptography
import Primitives

@testable import DTLS

/// A client and a server with a virtual link between them, in virtual time.
final class HandshakePair {
    /// What the link does to a datagram.
    enum Fate {
        case delivered
        case lost
        /// It arrives twice, the second time so much later.
        case doubled(Duration)
        /// It arrives so much later than others.
        case delayed(Duration)
    }

    /// A datagram on its way.
    struct Transit {
        var to: DTLSEndpoint.Role
        var octets: [UInt8]
        var arrival: MonotonicInstant
    }

    static let latency = Duration.milliseconds(20)

    let client: DTLSEndpoint
    let server: DTLSEndpoint
    private(set) var now = MonotonicInstant.zero
    /// Decides over the n-th datagram that is sent; all are delivered where nothing else is said.
    var fate: (_ number: Int, _ datagram: Transit) -> Fate = { _, _ in .delivered }
    /// Called after each step.
    var afterStep: () -> Void = {}
    /// Whether each record travels in a datagram of its own.
    var splitsRecords = false
    private(set) var sent = 0
    private var transits: [Transit] = []
    /// The records of the datagram that is being sent.
    private var waiting: [[UInt8]] = []

    init(
        clientContext: DTLSContext? = nil, serverContext: DTLSContext? = nil,
        expectedByClient: [CertificateFingerprint] = [Credentials.server.fingerprint],
        expectedByServer: [CertificateFingerprint] = [Credentials.client.fingerprint], timing: DTLSTiming = .default
    ) throws {
        client = try DTLSEndpoint(
            context: clientContext ?? DTLSContext(certificate: Credentials.client), role: .client,
            remoteFingerprints: expectedByClient, now: .zero, timing: timing)
        server = try DTLSEndpoint(
            context: serverContext ?? DTLSContext(certificate: Credentials.server), role: .server,
            remoteFingerprints: expectedByServer, now: .zero, timing: timing)
    }

    /// Starts the client and goes on until nothing is left to happen, or `limit`.
    func run(until limit: MonotonicInstant = .zero + .seconds(60)) {
        client.start(now: now)
        settle(until: limit)
    }

    /// Delivers and calls timeouts until nothing is left to happen, or `limit`.
    func settle(until limit: MonotonicInstant = .zero + .seconds(60)) {
        collect()
        while let next = nextEvent, next <= limit {
            now = max(now, next)
            if let index = transits.indices.filter({ transits[$0].arrival <= now }).min(by: {
                transits[$0].arrival < transits[$1].arrival
            }) {
                let transit = transits.remove(at: index)
                deliver(transit.octets, to: transit.to)
            } else {
                client.handleTimeout(now: now)
                server.handleTimeout(now: now)
            }
            afterStep()
            collect()
        }
    }

    /// Gives a datagram to an end at once.
    func deliver(_ octets: [UInt8], to role: DTLSEndpoint.Role) {
        switch role {
        case .client: client.receive(octets.span, now: now)
        case .server: server.receive(octets.span, now: now)
        }
    }

    private var nextEvent: MonotonicInstant? {
        earliest(transits.map(\.arrival).min(), earliest(client.nextTimeout, server.nextTimeout))
    }

    private func collect() {
        for (from, to) in [(client, DTLSEndpoint.Role.server), (server, .client)] {
            while let octets = next(of: from) {
                var transit = Transit(to: to, octets: octets, arrival: now + Self.latency)
                sent += 1
                switch fate(sent - 1, transit) {
                case .delivered: transits.append(transit)
                case .lost: break
                case .doubled(let later):
                    transits.append(transit)
                    transit.arrival = transit.arrival + later
                    transits.append(transit)
                case .delayed(let later):
                    transit.arrival = transit.arrival + later
                    transits.append(transit)
                }
            }
        }
    }

    private func next(of end: DTLSEndpoint) -> [UInt8]? {
        if waiting.isEmpty, let datagram = end.nextDatagram() {
            waiting = splitsRecords ? DTLSRecord.all(in: datagram.span).map { Array(datagram[$0.range]) } : [datagram]
        }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Whether both ends have the same keys, each the other's as its remote ones.
    var haveMirroredKeys: Bool {
        guard let client = client.state.keys, let server = server.state.keys else { return false }
        return client.profile == server.profile
            && client.local.key == server.remote.key && client.local.salt == server.remote.salt
            && client.remote.key == server.local.key && client.remote.salt == server.local.salt
            && client.local.key != client.remote.key
            && client.local.key.count == client.profile.keyOctets
            && client.local.salt.count == client.profile.saltOctets
            && server.local.salt.count == server.profile.saltOctets
    }
}
