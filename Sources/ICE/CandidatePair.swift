import Primitives

/// One remote candidate and its check (RFC 8445 section 6.1.2.6); the local candidate is the agent's address.
struct CandidatePair: Sendable {
    enum State: Sendable {
        case waiting
        case inProgress(ConnectivityCheck)
        case succeeded
        case failed
    }

    let remote: TransportAddress
    var state = State.waiting

    init(remote: TransportAddress) { self.remote = remote }
}

/// A request that is retransmitted until it is answered (RFC 8489 section 6.2.1).
struct ConnectivityCheck: Sendable {
    let transactionID: STUNTransactionID
    var transmissions: Int
    /// The wait after the latest transmission.
    var wait: Duration
    /// When to retransmit, or to give up.
    var due: MonotonicInstant
}
