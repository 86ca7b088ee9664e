import Primitives

/// The client's side of ICE: a controlling agent with one local address (RFC 8445 sections 7.2 and 8.1).
///
/// It checks the remote candidates, nominates the first pair that works, and then keeps and watches consent (RFC 7675).
/// It is full enough for a headless client facing a lite server; it does not take the controlled role, gathers no
/// candidates, and makes no triggered checks.
///
/// The caller wakes it at `nextTimeout`, hands in datagrams, and after each of the two sends what `nextDatagram` gives
/// until that is `nil`.
package struct ICEControllingAgent: Sendable {
    /// The times of an agent.
    package struct Timing: Hashable, Sendable {
        /// The first wait for an answer; it doubles with each retransmission (RFC 8489 section 6.2.1, RFC 8445 section
        /// 14.3).
        package var retransmissionTimeout: Duration = .milliseconds(500)
        /// How often a request is sent in all: Rc of RFC 8489 section 6.2.1.
        package var transmissions = 7
        /// How many first timeouts to wait after the last transmission: Rm of RFC 8489 section 6.2.1.
        package var lastWait = 16
        /// The time between the first checks of two pairs: Ta of RFC 8445 section 14.2.
        package var pacing: Duration = .milliseconds(50)
        /// The mean time between consent checks; each is varied by a fifth (RFC 7675 section 5.1).
        package var consentInterval: Duration = .seconds(5)
        /// How long the last answer to a check is consent (RFC 7675 section 5.1).
        package var consentTimeout: Duration = .seconds(30)

        package init() {}
    }

    /// Why no connection came about.
    package enum FailureReason: Hashable, Sendable {
        /// No check of any pair was answered.
        case noPairWorks
        /// The peer wants to control too (RFC 8445 section 7.2.5.1).
        case roleConflict
    }

    /// What a datagram brought about; answers to be sent are in `nextDatagram`.
    package enum OnDatagram: Hashable, Sendable {
        case none
        /// The peer has answered the nomination: media may be sent on this path.
        case connected(NetworkPath)
        /// The agent has ended.
        case failed(FailureReason)
        case drop(ICEDropReason)
    }

    /// What has ended at a timeout.
    package enum OnTimeout: Hashable, Sendable {
        case none
        /// The agent has ended.
        case failed(FailureReason)
        /// No answer came in time: nothing may be sent any more. The agent has ended.
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

    /// How many consent checks may wait for an answer at once: those of one consent timeout.
    static let maximumConsentChecks = 8

    /// How many pairs are checked; further candidates are left out (RFC 8445 section 6.1.2.5).
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
    ///   - remoteCandidates: resolved UDP addresses in order of preference; those of another family than `localAddress`
    ///     are left out.
    ///   - generator: transaction IDs, the tie-breaker and the consent checks' times; seeded from the system's
    ///     generator by the runtime.
    package init(
        local: ICECredentials, remote: ICECredentials, remoteCandidates: [TransportAddress],
        localAddress: TransportAddress, generator: SeededGenerator, now: MonotonicInstant, timing: Timing = Timing()
    ) {
        self.localAddress = localAddress
        self.timing = timing
        self.generator = generator
        remoteKey = Array(remote.password.utf8)
        credential = ShortTermCredential(local)
        // RFC 8445 section 7.2.2: the peer's fragment, a colon, our own.
        username = "\(remote.usernameFragment):\(local.usernameFragment)"
        tieBreaker = self.generator.next()
        pairs = remoteCandidates.filter { $0.family == localAddress.family }.prefix(Self.maximumPairs)
            .map { CandidatePair(remote: $0) }
        nextFirstCheck = now
    }

    /// The path that media takes; `nil` before the connection and after its end.
    package var selectedPath: NetworkPath? {
        guard case .connected(let consent) = state else { return nil }
        return path(to: consent.remote)
    }

    /// The next datagram to be sent, and the path that it takes; `nil` when there is none.
    package mutating func nextDatagram() -> (octets: [UInt8], path: NetworkPath)? {
        outgoing.isEmpty ? nil : outgoing.removeFirst()
    }

    /// Goes on from another local address, as after a change of network: a connected agent checks from there at once,
    /// with nomination; one that is not yet connected begins its checks anew.
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
