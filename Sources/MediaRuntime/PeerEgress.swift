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
    /// The next transport-wide sequence number, extended.
    private(set) var transportSequence: Int64 = 0
    /// Where packets with such a number are noted; the peer's transport owns it. `nil` where no slot has the extension.
    var history: SendHistoryReference?
    /// Packets for the peer that were dropped: nothing could be sent to it (`DropReason.senderClosed`).
    private(set) var droppedClosed: UInt32 = 0
    /// The same: they could not be sealed (`DropReason.sendFailed`).
    private(set) var droppedFailed: UInt32 = 0

    /// Counts packets for which no path is open.
    mutating func dropClosed(_ count: Int = 1) { droppedClosed &+= UInt32(truncatingIfNeeded: count) }

    /// Counts packets that could not be sealed.
    mutating func dropFailed(_ count: Int = 1) { droppedFailed &+= UInt32(truncatingIfNeeded: count) }
    /// What may leave to the peer now; `nil` where nothing holds it back.
    var pacing: PacingBudget?
    /// Packets, and their octets, that left since `takeSent`.
    private var sent = Sent()

    struct Sent {
        var packets = 0
        var octets = 0
    }

    /// Sends to `route` from now on, sealed with `key`.
    mutating func open(_ route: Route, key: SealingKeyReference) {
        self.route = route
        self.key = key
        isOpen = true
    }

    /// Sends nothing any more, until `open`.
    mutating func close() { isOpen = false }

    /// Whether a run of this length may leave now.
    @inline(__always) mutating func mayLeave(octets: Int, now: MonotonicInstant) -> Bool {
        pacing?.mayLeave(octets: octets, now: now) ?? true
    }

    /// Notes what leaves: it is a debt of the pacer, even where that was not asked.
    @inline(__always) mutating func noteSent(packets: Int, octets: Int, now: MonotonicInstant) {
        sent.packets &+= packets
        sent.octets &+= octets
        pacing?.sent(octets: octets, now: now)
    }

    /// Packets, and their octets, that left since the last call.
    mutating func takeSent() -> Sent {
        defer { sent = Sent() }
        return sent
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
