import CongestionControl
import Primitives

/// A datagram in the test bed.
struct BedPacket: Sendable {
    enum Content: Sendable {
        case media(sequence: Int64, PacketKind)
        /// The outcome by sequence number: arrival on the receiver's clock, `nil` for lost.
        case feedback([(sequence: Int64, arrival: MonotonicInstant?)])
        case segment(Int64)
        case acknowledgement(Int64)
    }

    var flow: Int
    var content: Content
    /// Octets on the path.
    var octets: Int
    var sentAt: MonotonicInstant
    /// Links still to pass.
    var route: ArraySlice<Int>
    /// Milliseconds waited so far.
    var waited = 0.0
    /// Time on the way that belongs to the flow and to no link.
    var extra: Duration
}
