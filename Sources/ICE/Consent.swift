import Primitives

/// Consent to send to the nominated remote address (RFC 7675).
struct Consent: Sendable {
    let remote: TransportAddress
    /// The time of the last answer.
    var lastAnswer: MonotonicInstant
    var nextCheck: MonotonicInstant
    /// The checks without an answer so far, oldest first.
    var waiting: [STUNTransactionID] = []
}
