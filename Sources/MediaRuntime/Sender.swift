import Primitives
import SRTP
import Transport

/// What the fan-out needs of a subscriber's transport: plain data in a flat record.
struct Sender {
    /// Where media goes; `nil` while ICE has no path, which happens when consent ends during an ICE restart.
    var route: Route?
    /// Empty until the handshake is through; the peer's transport owns the key.
    var key: SealingKeyReference?
    /// The next transport-wide sequence number, extended.
    var transportSequence: Int64 = 0
    /// Where packets with such a number are noted; the peer's transport owns it. `nil` where no slot has the extension.
    var history: SendHistoryReference?

    /// Takes the next transport-wide sequence number.
    mutating func takeTransportSequence() -> Int64 {
        takeTransportSequences(1)
    }

    /// Takes as many numbers as are asked for; the first of them.
    mutating func takeTransportSequences(_ count: Int) -> Int64 {
        let taken = transportSequence
        transportSequence &+= Int64(count)
        return taken
    }
}
