import Primitives

/// The client's side of ICE: a controlling agent with one local address (RFC 8445 sections 7.2 and 8.1).
///
/// It checks the remote candidates, nominates the first pair that works, and then keeps and watches consent (RFC 7675).
/// It suffices for a headless client of a lite server: it never takes the controlled role, gathers no candidates, and
/// makes no triggered checks.
///
/// The caller calls it at `nextTimeout` and with each datagram, and afterwards sends datagrams from `nextDatagram`
/// until that is `nil`.
package struct ICEControllingAgent: Sendable {
    /// The times of an agent.
    package struct Timing: Hashable, Sendable {
        /// The first wait for an answer; it doubles with each retransmission (RFC 8489 section 6.2.1, RFC 8445 section
        /// 14.3).
        package var retransmissionTimeout: Duration = .milliseconds(500)
        /// Transmissions of a request, the first included: Rc of RFC 8489 section 6.2.1.
        package var transmissions = 7
        /// The wait after the last transmission, in units of the first timeout: Rm of RFC 8489 section 6.2.1.
        package var lastWait = 16
        /// The time between the first checks of two pairs: Ta of RFC 8445 section 14.2.
        package var pacing: Duration = .milliseconds(50)
        /// The mean time between consent checks; each time varies by up to a fifth (RFC 7675 section 5.1).
        package var consentInterval: Duration = .seconds(5)
        /// How long consent lasts after the last answer to a check (RFC 7675 section 5.1).
        package var consentTimeout: Duration = .seconds(30)

        package init() {}
    }

    /// Why the agent found no connection.
    package enum FailureReason: Hashable, Sendable {
        /// No check of any pair was answered.
        case noPairWorks
        /// The peer claims the controlling role too (RFC 8445 section 7.2.5.1).
        case roleConflict
    }

    /// The effect of a datagram. Answers to send are in `nextDatagram`.
    package enum OnDatagram: Hashable, Sendable {
        case none
        /// The peer has answered the nomination: media may be sent on this path.
        case connected(NetworkPath)
        /// The agent has ended.
        case failed(FailureReason)
        case drop(ICEDropReason)
    }

    /// The effect of a timeout.
    package enum OnTimeout: Hashable, Sendable {
        case none
        /// The agent has ended.
        case failed(FailureReason)
        /// No check was answered in time, so nothing may be sent. The agent has ended.
        case consentLost
    }

    enum State: Sendable {
        /// Checks go out. An answer -> nominating; no pair left -> ended.
        case checking
        /// The pair of this index is checked with USE-CANDIDATE. An answer -> connected; none -> checking, or ended.
        case nominating(Int)
        /// Media flows; consent checks go out. No answer for too long -> ended.
        case connected(Consent)
        case ended
    }

    /// The largest number of unanswered consent checks: those of one consent timeout.
    static let maximumConsentChecks = 8

    /// The largest number of pairs; further candidates are ignored (RFC 8445 section 6.1.2.5).
    package static let maximumPairs = 100

    let remoteKey: [UInt8]
    let credential: ShortTermCredential
    let username: String
    let tieBreaker: UInt64
    let timing: Timing

    /// The address that datagrams leave from.
    package internal(set) var localAddress: TransportAddress
    var state = State.checking
    var pairs: [CandidatePair]
    /// When the next pair may be checked for the first time.
    var nextFirstCheck: MonotonicInstant
    var generator: SeededGenerator
    var outgoing: [(octets: [UInt8], path: NetworkPath)] = []

    /// An agent whose first check is due at `now`.
    ///
    /// - Parameters:
    ///   - remoteCandidates: resolved UDP addresses in order of preference; addresses of another family than
    ///     `localAddress` are ignored.
    ///   - generator: the source of transaction IDs, of the tie-breaker and of the times of consent checks; the runtime
    ///     seeds it from the system.
    package init(
        local: ICECredentials, remote: ICECredentials, remoteCandidates: [TransportAddress],
        localAddress: TransportAddress, generator: SeededGenerator, now: MonotonicInstant, timing: Timing = Timing()
    ) {
        self.localAddress = localAddress
        self.timing = timing
        self.generator = generator
        remoteKey = Array(remote.password.utf8)
        credential = ShortTermCredential(local)
        // RFC 8445 section 7.2.2: the peer's fragment, a colon, this agent's fragment.
        username = "\(remote.usernameFragment):\(local.usernameFragment)"
        tieBreaker = self.generator.next()
        pairs = remoteCandidates.filter { $0.family == localAddress.family }.prefix(Self.maximumPairs)
            .map { CandidatePair(remote: $0) }
        nextFirstCheck = now
    }

    /// The path for media; `nil` before the connection and after its end.
    package var selectedPath: NetworkPath? {
        guard case .connected(let consent) = state else { return nil }
        return path(to: consent.remote)
    }

    /// The next datagram to send, with its path; `nil` if there is none.
    package mutating func nextDatagram() -> (octets: [UInt8], path: NetworkPath)? {
        outgoing.isEmpty ? nil : outgoing.removeFirst()
    }

    /// Continues from another local address, as after a change of network. A connected agent sends a nominating check
    /// from there at once; an agent that is not yet connected restarts its checks.
    package mutating func move(to address: TransportAddress, now: MonotonicInstant) {
        localAddress = address
        switch state {
        case .connected(var consent):
            sendConsentCheck(&consent, now: now)
            state = .connected(consent)
        case .checking, .nominating:
            for index in pairs.indices { pairs[index].state = .waiting }
            nextFirstCheck = now
            state = .checking
        case .ended: break
        }
    }

    func path(to remote: TransportAddress) -> NetworkPath { NetworkPath(local: localAddress, remote: remote) }
}
