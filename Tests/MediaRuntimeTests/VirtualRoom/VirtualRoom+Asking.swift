import MediaControl
import Primitives

@testable import MediaRuntime

extension VirtualRoom {
    /// What the worker dropped for this reason.
    func drops(_ reason: DropReason) -> UInt64 { worker.counters.drops.byName[reason.rawValue] ?? 0 }

    /// When the worker told that the transport was closed, and why.
    func closing(of participant: Participant) -> (at: MonotonicInstant, reason: TransportCloseReason)? {
        for (at, event) in events {
            if case .transportClosed(participant.id, let reason) = event { return (at, reason) }
        }
        return nil
    }

    func isConnected(_ participant: Participant) -> Bool {
        events.contains { if case .transportConnected(participant.id) = $0.event { true } else { false } }
    }
}
