import Primitives

/// The last flight of this end and the timer that sends it again (RFC 6347 section 4.2.4).
struct OutboundFlight {
    private let timing: DTLSTiming
    /// The flight's datagrams; empty before the first flight.
    private(set) var datagrams: [[UInt8]] = []
    private var lastSent = MonotonicInstant.zero
    private var interval: Duration
    /// When the flight is due again; `nil` where the peer has it for certain, or must ask for it.
    private(set) var due: MonotonicInstant?

    init(timing: DTLSTiming) {
        self.timing = timing
        interval = timing.initialTimeout
    }

    /// Takes a new flight, which the caller sends now. The time begins anew: that the peer answered the flight before
    /// shows that the path bears.
    mutating func begin(_ datagrams: [[UInt8]], now: MonotonicInstant) {
        self.datagrams = datagrams
        interval = timing.initialTimeout
        lastSent = now
        due = now + interval
    }

    /// The flight, where its time has come; then the next time is twice as long.
    mutating func takeDue(now: MonotonicInstant) -> [[UInt8]] {
        guard let due, due <= now else { return [] }
        interval = min(interval * 2, timing.maximumTimeout)
        lastSent = now
        self.due = now + interval
        return datagrams
    }

    /// The flight, where the peer shows that it has not got it; nothing when it has just been sent.
    mutating func takeAsked(now: MonotonicInstant) -> [[UInt8]] {
        guard now - lastSent >= timing.minimumResendInterval else { return [] }
        lastSent = now
        if due != nil { due = now + interval }
        return datagrams
    }

    /// The handshake is through: the flight is sent only when it is asked for.
    mutating func stopTimer() { due = nil }

    /// The peer has the flight for certain.
    mutating func forget() {
        due = nil
        datagrams = []
    }
}
