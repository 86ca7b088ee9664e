import Primitives
import Synchronization

/// Writes what happens in all rooms into the server's log: one line each, in bounded number whatever comes in.
package final class RoomJournal: Sendable {
    /// Lines per second. Further lines are left out and counted; the count is written in the next second with a line.
    package static let linesPerSecond = 100

    private struct State: Sendable {
        var second = MonotonicInstant(nanoseconds: .min)
        var lines = 0
        var omitted = 0
    }

    private let state = Mutex(State())
    private let write: @Sendable (_ text: String, _ fields: [(name: String, value: String)]) -> Void

    /// - Parameter write: writes one line.
    package init(_ write: @escaping @Sendable (_ text: String, _ fields: [(name: String, value: String)]) -> Void) {
        self.write = write
    }

    /// Writes nothing.
    package static let silent = RoomJournal { _, _ in }

    /// Notes what happened in the room of this name.
    func write(_ fact: RoomFact, in room: String, now: MonotonicInstant) {
        let (isWritten, omitted) = state.withLock { state -> (Bool, Int) in
            var omitted = 0
            if state.second.nanoseconds == .min || now - state.second >= .seconds(1) {
                state.second = now
                omitted = state.omitted
                state.omitted = 0
                state.lines = omitted > 0 ? 1 : 0
            }
            guard state.lines < Self.linesPerSecond else {
                state.omitted += 1
                return (false, 0)
            }
            state.lines += 1
            return (true, omitted)
        }
        if omitted > 0 { write("lines left out", [("count", "\(omitted)")]) }
        if isWritten { write(fact.text, [("room", room)] + fact.fields) }
    }
}
