import Client
import Foundation
import ICE
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives
import SignalingClient
import SignalingProtocol

/// Tries from a client's side what people need: pages, signaling, and one way for media.
package struct Doctor {
    package struct Settings: Sendable {
        /// The server, as people reach it.
        package var url: String
        /// Joined without a token.
        package var room: String
        package var token: String?
        /// Self-made certificates are taken too.
        package var acceptsAnyCertificate: Bool

        package init(url: String, room: String, token: String? = nil, acceptsAnyCertificate: Bool = false) {
            self.url = url
            self.room = room
            self.token = token
            self.acceptsAnyCertificate = acceptsAnyCertificate
        }
    }

    /// How long a join may take.
    static let patience = Duration.seconds(10)

    let settings: Settings
    let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    let tell: (Finding) -> Void
    private(set) var hasFailed = false
    private(set) var mediaWays: [String] = []

    /// - Parameter tell: gets each finding when it is there.
    package init(_ settings: Settings, tell: @escaping (Finding) -> Void) {
        self.settings = settings
        self.tell = tell
    }

    /// Tries everything; true where all that the server offers works from here.
    package mutating func examine() async -> Bool {
        guard let endpoint = await checkHTTP(), let visit = await checkWebSocket(endpoint) else { return false }
        let check = BindingCheck(
            local: visit.parameters.localCredentials, remote: visit.parameters.remoteCredentials)
        await checkUDP(visit, check)
        await checkTCP(visit, check)
        await checkTURN(visit, check)
        await visit.session.leave()
        summarize()
        return !hasFailed
    }

    mutating func note(_ subject: String, _ outcome: Finding.Outcome, _ sentence: String) {
        if outcome != .works, outcome != .notOffered { hasFailed = true }
        tell(Finding(subject, outcome, sentence))
    }

    // MARK: HTTP and WebSocket

    private mutating func checkHTTP() async -> Endpoint? {
        do {
            var endpoint = try Endpoint(settings.url)
            endpoint.acceptsAnyCertificate = settings.acceptsAnyCertificate
            endpoint.path = "/v1/configuration"
            let start = ContinuousClock.now
            let answer = try await HTTPRequester(group: group).send(.GET, endpoint)
            let time = ContinuousClock.now - start
            guard let document = try? JSONDecoder().decode(ConfigurationDocument.self, from: Data(answer.body.utf8))
            else {
                note(
                    "HTTP", .fails,
                    "\(settings.url) answers, but is no Forestage server (status \(answer.status)): does the proxy pass "
                        + "/v1/configuration on?")
                return nil
            }
            let mode = document.development ? ", in development mode" : ""
            note("HTTP", .works, "\(settings.url) answers in \(time.milliseconds) ms\(mode)")
            let isLocal = ["localhost", "127.0.0.1", "::1"].contains(endpoint.host)
            if !endpoint.isSecure, !isLocal {
                note(
                    "HTTPS", .fails,
                    "browsers open cameras on https pages and on localhost alone: viewers can watch, but nobody can come on "
                        + "stage from \(settings.url)")
            }
            if !document.development, settings.token == nil {
                note(
                    "WebSocket", .notTried,
                    "this server lets nobody in without a token: give --token, made by 'forestage token --room \(settings.room)'"
                )
                return nil
            }
            return endpoint
        } catch {
            note(
                "HTTP", .fails,
                "\(settings.url) cannot be used: \(reason(of: error)). Is the server running, and its port open?")
            return nil
        }
    }

    private mutating func checkWebSocket(_ page: Endpoint) async -> Visit? {
        var endpoint = page
        endpoint.path = "/v1/signal"
        let session: ClientSession
        do {
            session = try await ClientSession(endpoint, group: group)
        } catch {
            note(
                "WebSocket", .fails,
                "no WebSocket at /v1/signal: \(reason(of: error)). A proxy must pass Upgrade and Connection on (Docs/Networks.md)"
            )
            return nil
        }
        Task { await session.run() }
        do {
            let start = ContinuousClock.now
            let settings = settings
            let visit = try await within(Self.patience, "reply to join") {
                let identity = try ClientIdentity(madeAt: Int64(Date().timeIntervalSince1970))
                return try await (
                    Visit(session, room: settings.room, token: settings.token, identity: identity), identity
                )
            }
            identity = visit.1
            note("WebSocket", .works, "a join is answered in \((ContinuousClock.now - start).milliseconds) ms")
            return visit.0
        } catch {
            note("WebSocket", .fails, "the WebSocket opens, but the join is not answered well: \(reason(of: error))")
            await session.leave()
            return nil
        }
    }

    private var identity: ClientIdentity?

    // MARK: Media

    private mutating func checkUDP(_ visit: Visit, _ check: BindingCheck) async {
        guard !visit.udp.isEmpty else { return note("UDP", .notOffered, "the server announces no UDP address") }
        var answered: [TransportAddress] = []
        for (candidate, outcome) in await outcomes(visit.udp, check, .udp) {
            switch outcome {
            case .answered(let time):
                answered.append(candidate)
                note("UDP", .works, "\(candidate) answers checks in \(time.milliseconds) ms")
            case .notConnected(let why) where why.contains("unreachable") || why.contains("not available"):
                // Such as IPv6 on a machine that has none: nothing is wrong with the server.
                tell(Finding("UDP", .notTried, "\(candidate) cannot be reached from this machine: \(why)"))
            case .notConnected(let why): unanswered(candidate, why, visit)
            case .unanswered: unanswered(candidate, "no answer", visit)
            }
        }
        guard let first = answered.first else {
            return note(
                "UDP", .fails,
                "no address answers: a firewall drops UDP on the way, the ports are not open, or the server announces addresses "
                    + "that are not reached from here (--media-address)")
        }
        var parameters = visit.parameters
        parameters.remoteCandidates = answered.filter { $0.family == first.family }
        guard let identity else { return }
        switch await MediaConnection(parameters: parameters, identity: identity).run() {
        case .established(let remote):
            mediaWays.append("UDP")
            note("UDP", .works, "DTLS is established with \(remote): media flows")
        case .failed(let why):
            note("UDP", .fails, "checks are answered, but DTLS is not established: \(why)")
        }
    }

    /// One of several addresses that does not answer is no fault where another does, such as that of an inner network.
    private mutating func unanswered(_ candidate: TransportAddress, _ why: String, _ visit: Visit) {
        tell(Finding("UDP", visit.udp.count == 1 ? .fails : .notTried, "\(candidate) does not answer (\(why))"))
    }

    /// Checks all candidates at once, since what does not answer takes seconds.
    private func outcomes(
        _ candidates: [TransportAddress], _ check: BindingCheck, _ way: STUNCarrier.Way
    ) async -> [(TransportAddress, BindingCheck.Outcome)] {
        let group = group
        let candidates = Array(candidates.prefix(ICEControllingAgent.maximumPairs))
        return await withTaskGroup(of: (Int, BindingCheck.Outcome).self) { tasks in
            for (index, candidate) in candidates.enumerated() {
                tasks.addTask { (index, await check.run(candidate, way, group: group)) }
            }
            var outcomes = [BindingCheck.Outcome](repeating: .unanswered, count: candidates.count)
            for await (index, outcome) in tasks { outcomes[index] = outcome }
            return Array(zip(candidates, outcomes))
        }
    }

    private mutating func checkTCP(_ visit: Visit, _ check: BindingCheck) async {
        guard !visit.tcp.isEmpty else {
            return note("TCP", .notOffered, "the server offers no TCP addresses for media")
        }
        var works = false
        for (candidate, outcome) in await outcomes(visit.tcp, check, .framedTCP) {
            switch outcome {
            case .answered(let time):
                works = true
                note("TCP", .works, "\(candidate) answers checks in \(time.milliseconds) ms")
            case .notConnected(let why): tell(Finding("TCP", .notTried, "\(candidate) is not connected (\(why))"))
            case .unanswered:
                tell(Finding("TCP", .notTried, "\(candidate) takes the connection, but answers no check"))
            }
        }
        if works {
            mediaWays.append("TCP")
        } else {
            note("TCP", .fails, "no address answers over TCP: open the TCP ports of media.ports too")
        }
    }

    private mutating func checkTURN(_ visit: Visit, _ check: BindingCheck) async {
        let entries = visit.joined.iceServers
        guard entries.contains(where: { !$0.urls.compactMap(ICEServerURL.init).filter(\.isRelay).isEmpty }) else {
            return note(
                "TURN", .notOffered,
                "the server names no TURN servers (ice.servers): people whose network drops UDP need one, or TCP")
        }
        for entry in entries {
            for text in entry.urls {
                guard let url = ICEServerURL(text), url.isRelay else { continue }
                guard !(url.isSecure && url.transport == .udp) else {
                    tell(Finding("TURN", .notTried, "\(text): TURN over DTLS is not tried"))
                    continue
                }
                await checkTURN(text, url, entry, visit, check)
            }
        }
    }

    private mutating func checkTURN(
        _ text: String, _ url: ICEServerURL, _ entry: ICEServer, _ visit: Visit, _ check: BindingCheck
    ) async {
        let turn = TURNCheck(url: url, username: entry.username ?? "", credential: entry.credential ?? "")
        do throws(TURNCheck.Failure) {
            let tls: NIOSSLContext
            do { tls = try Endpoint.tlsContext(acceptsAnyCertificate: settings.acceptsAnyCertificate) } catch {
                throw .notConnected("\(error)")
            }
            let target = try await turn.run(Self.relayTargets(visit.udp), check, tls: tls, group: group)
            mediaWays.append("TURN over \(url.isSecure ? "TLS" : url.transport.rawValue.uppercased())")
            note("TURN", .works, "\(text) relays to \(target)")
        } catch {
            note("TURN", .fails, "\(text) \(Self.explanation(of: error))")
        }
    }

    /// Addresses to relay to: an allocation is of IPv4 (RFC 8656 section 7.1), and relays nothing to a loopback unless there
    /// is nothing else.
    private static func relayTargets(_ candidates: [TransportAddress]) -> [TransportAddress] {
        let reachable = candidates.filter { $0.family == .v4 }
        let outside = reachable.filter { !$0.isLoopback }
        return outside.isEmpty ? reachable : outside
    }

    private static func explanation(of failure: TURNCheck.Failure) -> String {
        switch failure {
        case .notConnected(let why): "is not reached: \(why). Is it running, and its port open?"
        case .unanswered: "does not answer: a firewall drops it on the way, or nothing listens there"
        case .noTURN: "answers, but not as a TURN server does"
        case .refused(401, _):
            "refuses the credentials (401): ice.secret must be the server's static-auth-secret, and both clocks right"
        case .refused(403, let step):
            "refuses the \(step) (403): it must be allowed to relay to the media server (coturn: allowed-peer-ip)"
        case .refused(486, _): "refuses the allocation (486): the quota of allocations is used up"
        case .refused(508, _): "refuses the allocation (508): it has no free port (coturn: min-port, max-port)"
        case .refused(let code, let step): "refuses the \(step) (error \(code))"
        case .notRelayed:
            "gives an allocation, but no answer of the media server comes through it: the TURN server must reach media.ports by UDP"
        }
    }

    private mutating func summarize() {
        if mediaWays.isEmpty {
            note(
                "Media", .fails,
                "no way for media works from here: people in this network see no pictures and hear nothing")
        } else {
            note("Media", .works, "people in this network can take part, by \(mediaWays.joined(separator: ", "))")
        }
    }
}

extension Duration {
    /// At least 1.
    fileprivate var milliseconds: Int { max(1, Int(self / .milliseconds(1))) }
}

/// In words for people.
func reason(of error: any Error) -> String { DoorError.explanation(of: error) }
