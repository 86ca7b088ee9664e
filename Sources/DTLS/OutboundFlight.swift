import Primitives

/// The last flight of this end and the timer that resends it (RFC 6347 section 4.2.4).
///
/// Each transmission has its own record numbers. Those of plaintext records are rewritten here. A client's Finished is
/// encrypted with its number, so each transmission uses another Finished that OpenSSL encrypted in advance. A server
/// that has received the first Finished must see a different one to detect that its own last flight was lost.
struct OutboundFlight {
    private let timing: DTLSTiming
    /// The flight's datagrams; empty before the first flight.
    private(set) var datagrams: [[UInt8]] = []
    /// Numbers the sent records of epoch 0.
    private var numbers = RecordNumbers()
    /// Records that replace the Finished in further transmissions, in turn.
    private var spares: [[UInt8]] = []
    private var lastSent = MonotonicInstant.zero
    private var interval: Duration
    /// When the flight is resent; `nil` if the peer has received it, or must request it.
    private(set) var due: MonotonicInstant?

    init(timing: DTLSTiming) {
        self.timing = timing
        interval = timing.initialTimeout
    }

    /// Stores a new flight and returns its first transmission. The resend interval starts anew, because the peer's
    /// answer to the previous flight shows that the path works.
    ///
    /// - Parameter datagrams: The output of OpenSSL. After a client's Finished it repeats the same flight.
    mutating func begin(_ datagrams: [[UInt8]], now: MonotonicInstant) -> [[UInt8]] {
        let count = (datagrams.firstIndex { Self.finished(in: $0) != nil } ?? datagrams.endIndex - 1) + 1
        self.datagrams = Array(datagrams.prefix(count))
        spares = datagrams.dropFirst(count).compactMap { datagram in
            Self.finished(in: datagram).map { Array(datagram[$0]) }
        }
        interval = timing.initialTimeout
        lastSent = now
        due = now + interval
        return self.datagrams.map { numbers.number($0) }
    }

    /// Numbers datagrams that are no flight, such as an alert.
    mutating func number(_ datagrams: [[UInt8]]) -> [[UInt8]] { datagrams.map { numbers.number($0) } }

    /// The flight, if it is due; the resend interval then doubles.
    mutating func takeDue(now: MonotonicInstant) -> [[UInt8]] {
        guard let due, due <= now else { return [] }
        interval = min(interval * 2, timing.maximumTimeout)
        lastSent = now
        self.due = now + interval
        return takeRepetition()
    }

    /// The flight, after the peer showed that it has not received it; empty if it was sent just before.
    mutating func takeAsked(now: MonotonicInstant) -> [[UInt8]] {
        guard now - lastSent >= timing.minimumResendInterval else { return [] }
        lastSent = now
        if due != nil { due = now + interval }
        return takeRepetition()
    }

    /// Stops the timer after the handshake: the flight is then resent only on the peer's request.
    mutating func stopTimer() { due = nil }

    /// Forgets the flight, because the peer has received it.
    mutating func forget() {
        due = nil
        datagrams = []
        spares = []
    }

    private mutating func takeRepetition() -> [[UInt8]] {
        if !spares.isEmpty {
            let spare = spares.removeFirst()
            for index in datagrams.indices {
                guard let place = Self.finished(in: datagrams[index]), place.count == spare.count else { continue }
                // After the last spare the first Finished is used again.
                spares.append(Array(datagrams[index][place]))
                datagrams[index].replaceSubrange(place, with: spare)
            }
        }
        return datagrams.map { numbers.number($0) }
    }

    /// The range of the Finished in a datagram of a flight: the only encrypted record.
    private static func finished(in datagram: [UInt8]) -> Range<Int>? {
        DTLSRecord.all(in: datagram.span).first { $0.type == .handshake && $0.epoch == 1 }?.range
    }
}
