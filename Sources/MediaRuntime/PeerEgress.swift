import CongestionControl
import DatagramIO
import Primitives
import SRTP
import Transport

/// What sending to one peer needs: plain data in a flat record, which the fan-out reads once per batch.
struct PeerEgress {
    /// Where media goes, while `isOpen`.
    private(set) var route = Route.none
    /// Whether media may be sent: not before the handshake is through, nor while ICE has no path, which happens when consent
    /// ends during an ICE restart.
    private(set) var isOpen = false
    /// `nil` before the handshake is through; the peer's transport owns it.
    private(set) var key: SealingKeyReference?
    /// What may leave to the peer now.
    var pacing = PacingBudget.unlimited
    /// The next transport-wide sequence number, extended.
    private(set) var transportSequence: Int64 = 0
    /// Where packets with such a number are noted; the peer's transport owns it. `nil` where no slot has the extension.
    var history: SendHistoryReference?
    /// Octets that left since `takeSent`, and the transport-wide number that came next then.
    private var octetsSent = 0
    private var nextAtTaking: Int64 = 0
    /// Packets for the peer that were dropped: nothing could be sent to it (`DropReason.senderClosed`).
    private(set) var droppedClosed: UInt32 = 0
    /// The same: they could not be sealed (`DropReason.sendFailed`).
    private(set) var droppedFailed: UInt32 = 0

    /// Counts packets for which no path is open.
    mutating func dropClosed(_ count: Int = 1) { droppedClosed &+= UInt32(truncatingIfNeeded: count) }

    /// Counts packets that could not be sealed.
    mutating func dropFailed(_ count: Int = 1) { droppedFailed &+= UInt32(truncatingIfNeeded: count) }

    /// Sends to `route` from now on, sealed with `key`.
    mutating func open(_ route: Route, key: SealingKeyReference) {
        self.route = route
        self.key = key
        isOpen = true
    }

    /// Sends nothing any more, until `open`.
    mutating func close() { isOpen = false }

    /// Notes what leaves: it is a debt of the pacer, even where that was not asked.
    @inline(__always) mutating func noteSent(octets: Int, now: MonotonicInstant) {
        octetsSent &+= octets
        pacing.sent(octets: octets, nanoseconds: now.nanoseconds)
    }

    /// Packets with transport-wide numbers, and octets of all, that left since the last call.
    mutating func takeSent() -> (packets: Int, octets: Int) {
        defer {
            octetsSent = 0
            nextAtTaking = transportSequence
        }
        return (Int(transportSequence &- nextAtTaking), octetsSent)
    }

    /// Takes the next transport-wide sequence number.
    mutating func takeTransportSequence() -> Int64 {
        takeTransportSequences(1)
    }

    /// Reserves `count` transport-wide sequence numbers and returns the first.
    mutating func takeTransportSequences(_ count: Int) -> Int64 {
        let taken = transportSequence
        transportSequence &+= Int64(count)
        return taken
    }
}
