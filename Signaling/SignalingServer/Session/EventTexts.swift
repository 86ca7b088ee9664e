import Rooms
import SignalingProtocol
import Synchronization

/// The JSON of events that many clients are told alike, encoded once for all of them.
///
/// Events are found by their value. Comparing the events of one change is cheap, because their arrays share storage; the
/// `slots` of viewers with the same layout are equal too.
final class EventTexts: Sendable {
    /// Events that are kept; those of a change reach all clients before so many further ones come.
    static let capacity = 32

    private struct State {
        /// The newest last.
        var entries: [(event: RoomEvent, text: EncodedEvent)] = []
        var encodings = 0
    }

    private let state = Mutex(State())

    /// How often an event was encoded.
    var encodings: Int { state.withLock { $0.encodings } }

    /// The event's JSON; `nil` for events that the protocol does not have.
    func text(of event: RoomEvent) -> EncodedEvent? {
        guard Self.isShared(event) else { return ServerEvent(event).flatMap(EncodedEvent.init) }
        let known = state.withLock { state in state.entries.last { $0.event == event }?.text }
        if let known { return known }
        // Outside the lock: at worst several threads encode the same event.
        guard let text = ServerEvent(event).flatMap(EncodedEvent.init) else { return nil }
        state.withLock { state in
            state.encodings += 1
            if state.entries.count == Self.capacity { state.entries.removeFirst() }
            state.entries.append((event, text))
        }
        return text
    }

    /// Whether others may be told the same.
    private static func isShared(_ event: RoomEvent) -> Bool {
        switch event {
        case .slots, .stage, .audience, .speakers, .room, .draining: true
        case .stageState, .permissions, .muteRequested, .undecodable, .encodings, .secondCodec, .quality,
            .transportConnected, .closed:
            false
        }
    }
}
