/// The queue of one participant's events, from the room to the front that delivers them.
struct EventQueue: Sendable {
    /// The stream that the front reads.
    let events: AsyncStream<RoomEvent>
    private let continuation: AsyncStream<RoomEvent>.Continuation

    /// At most `backlog` events wait unread.
    init(backlog: Int) {
        // One place more than the backlog: the last event always fits.
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(backlog + 1))
    }

    /// Adds an event; false when the backlog is full and the participant has to go.
    func send(_ event: RoomEvent) -> Bool {
        switch continuation.yield(event) {
        case .enqueued(let remaining): remaining > 1
        case .dropped: false
        // The reader has ended the stream; it reports that by `leave` or `signalingLost`.
        case .terminated: true
        @unknown default: true
        }
    }

    /// Tells why it is over, as the last event.
    func close(_ reason: CloseReason) {
        continuation.yield(.closed(reason))
        continuation.finish()
    }
}
