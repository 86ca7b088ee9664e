import Primitives

/// The last flight of this end and the timer that sends it again (RFC 6347 section 4.2.4).
///
/// Each transmission has record numbers of its own: in plaintext they are rewritten here; a client's Finished, whose number
/// is sealed with it, is replaced by the next of some that OpenSSL sealed beforehand. A server that has taken the first
/// Finished must see another one to know that its own last flight was lost.
struct OutboundFlight {
    private let timing: DTLSTiming
    /// The flight's datagrams; empty before the first flight.
    private(set) var datagrams: [[UInt8]] = []
    /// Numbers all that is sent in epoch 0.
    private var numbers = RecordNumbers()
    /// Records that take the place of the Finished in the transmissions that follow, in turn.
    private var spares: [[UInt8]] = []
    private var lastSent = MonotonicInstant.zero
    private var interval: Duration
    /// When the flight is due again; `nil` where the peer has it for certain, or must ask for it.
    private(set) var due: MonotonicInstant?

    init(timing: DTLSTiming) {
        self.timing = timing
        interval = timing.initialTimeout
    }

    /// Takes a new flight, and gives what is sent of it now. The time begins anew: that the peer answered the flight before
    /// shows that the path bears.
    ///
    /// - Parameter datagrams: What OpenSSL wrote; what follows a client's Finished is the same flight over again.
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

    /// What is no flight, such as an alert, with numbers that fit.
    mutating func number(_ datagrams: [[UInt8]]) -> [[UInt8]] { datagrams.map { numbers.number($0) } }

    /// The flight, where its time has come; then the next time is twice as long.
    mutating func takeDue(now: MonotonicInstant) -> [[UInt8]] {
        guard let due, due <= now else { return [] }
        interval = min(interval * 2, timing.maximumTimeout)
        lastSent = now
        self.due = now + interval
        return takeRepetition()
    }

    /// The flight, where the peer shows that it has not got it; nothing when it has just been sent.
    mutating func takeAsked(now: MonotonicInstant) -> [[UInt8]] {
        guard now - lastSent >= timing.minimumResendInterval else { return [] }
        lastSent = now
        if due != nil { due = now + interval }
        return takeRepetition()
    }

    /// The handshake is through: the flight is sent only when it is asked for.
    mutating func stopTimer() { due = nil }

    /// The peer has the flight for certain.
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
                // After the last spare the first Finished takes its turn again.
                spares.append(Array(datagrams[index][place]))
                datagrams[index].replaceSubrange(place, with: spare)
            }
        }
        return datagrams.map { numbers.number($0) }
    }

    /// Where the Finished stands in a datagram of a flight: the one encrypted record.
    private static func finished(in datagram: [UInt8]) -> Range<Int>? {
        DTLSRecord.all(in: datagram.span).first { $0.type == .handshake && $0.epoch == 1 }?.range
    }
}
