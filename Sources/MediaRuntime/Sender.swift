import Primitives
import SRTP

/// What the fan-out needs of a subscriber's transport: plain data in a flat record.
struct Sender {
    /// Where media goes; `nil` while ICE has no path, which happens when consent ends during an ICE restart.
    var route: Route?
    /// Empty until the handshake is through; the peer's transport owns the key.
    var key: SealingKeyReference?
    /// The next transport-wide sequence number.
    var transportSequence: UInt16 = 0
    var packetsSent: UInt64 = 0

    /// Takes the next transport-wide sequence number.
    mutating func takeTransportSequence() -> UInt16 {
        let taken = transportSequence
        transportSequence &+= 1
        return taken
    }
}
