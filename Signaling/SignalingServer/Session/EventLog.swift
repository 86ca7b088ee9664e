import SignalingProtocol

/// The last events of one session, kept until its client is known to have them, so that they can be sent again on another
/// connection. Of events that many clients are told it holds the octets that they share.
struct EventLog {
    /// Events that are kept.
    static let maximumEvents = 256
    /// Octets of the events that are kept, those that are shared with other sessions too.
    static let maximumOctets = 64 * 1024

    /// The number of the last event, from 1; 0 before the first.
    private(set) var lastSeq = 0
    /// The oldest first, behind `start` places that are free.
    private var events: [EncodedEvent] = []
    private var start = 0
    private(set) var octets = 0

    /// Events that are kept.
    var count: Int { events.count - start }
    /// The number of the oldest event that is kept.
    private var firstSeq: Int { lastSeq - count + 1 }

    /// Adds an event; the oldest ones go where there are too many.
    /// - Returns: its number.
    mutating func append(_ event: EncodedEvent) -> Int {
        lastSeq += 1
        events.append(event)
        octets += event.octets
        while count > Self.maximumEvents || octets > Self.maximumOctets { removeOldest() }
        return lastSeq
    }

    /// The events after `seq` in their order; `nil` where one of them is not kept any more, or `seq` is still to come.
    func events(after seq: Int) -> [(seq: Int, event: EncodedEvent)]? {
        guard covers(seq) else { return nil }
        return zip((seq + 1)..., events.suffix(lastSeq - seq)).map { ($0, $1) }
    }

    /// Whether all events after `seq` are kept.
    func covers(_ seq: Int) -> Bool { seq <= lastSeq && seq >= firstSeq - 1 }

    /// Notes that the client has everything up to `seq`.
    mutating func acknowledge(_ seq: Int) {
        while count > 0, firstSeq <= seq { removeOldest() }
    }

    private mutating func removeOldest() {
        octets -= events[start].octets
        start += 1
        // Moving the rest costs less than what was added since.
        if start >= 32, start * 2 >= events.count {
            events.removeFirst(start)
            start = 0
        } else if start == events.count {
            events.removeAll(keepingCapacity: true)
            start = 0
        }
    }
}
