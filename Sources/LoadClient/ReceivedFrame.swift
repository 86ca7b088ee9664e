import Primitives
import TestMedia

/// A picture as its packets come in.
struct ReceivedFrame {
    struct Packet {
        var sequence: Int64
        var arrival: MonotonicInstant
        /// Kept only where pictures are decoded.
        var payload: [UInt8]
    }

    let timestamp: UInt32
    var packets: [Packet] = []
    /// The mark of the last packet, and that packet's number in the slot.
    var mark: MediaMark?
    var markSequence: Int64 = 0

    init(timestamp: UInt32) { self.timestamp = timestamp }

    /// Whether every packet has come.
    var isComplete: Bool { mark.map { packets.count >= Int($0.packetsInFrame) } ?? false }
    /// A clip's first picture is a keyframe, and no other is.
    var isKeyframe: Bool { mark?.frame == 0 }
    /// The slot's number of the first packet; meaningful with a mark.
    var firstSequence: Int64 { markSequence - Int64(mark?.packetsInFrame ?? 1) + 1 }
    var firstArrival: MonotonicInstant { packets.map(\.arrival).min() ?? .zero }
    var lastArrival: MonotonicInstant { packets.map(\.arrival).max() ?? .zero }
}
