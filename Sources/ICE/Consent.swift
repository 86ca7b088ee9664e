import Primitives

/// Consent to send to the nominated remote address (RFC 7675).
struct Consent: Sendable {
    let remote: TransportAddress
    /// When the last answer came.
    var lastAnswer: MonotonicInstant
    var nextCheck: MonotonicInstant
    /// The checks that may still be answered, oldest first.
    var waiting: [STUNTransactionID] = []
}
