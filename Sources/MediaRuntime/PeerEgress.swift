import DatagramIO
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

    /// Sends to `route` from now on, sealed with `key`.
    mutating func open(_ route: Route, key: SealingKeyReference) {
        self.route = route
        self.key = key
        isOpen = true
    }

    /// Sends nothing any more, until `open`.
    mutating func close() { isOpen = false }

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
