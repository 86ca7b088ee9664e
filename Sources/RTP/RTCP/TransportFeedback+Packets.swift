import Primitives

extension TransportFeedback {
    /// What a feedback tells of one packet.
    package struct ReportedPacket: Sendable, Equatable {
        /// The packet's transport-wide number.
        package var sequenceNumber: UInt16
        /// When it came, counted from the feedback's reference time; `nil` where it was not received.
        package var arrival: Duration?
    }

    /// The packets of a feedback, in order of their numbers.
    package struct Packets: Sequence, IteratorProtocol, Sendable {
        private let feedback: TransportFeedback
        private var index = 0
        private var ticks: Int64 = 0

        fileprivate init(_ feedback: TransportFeedback) { self.feedback = feedback }

        package mutating func next() -> ReportedPacket? {
            guard index < feedback.deltas.count else { return nil }
            var packet = ReportedPacket(
                sequenceNumber: feedback.baseSequenceNumber &+ UInt16(truncatingIfNeeded: index))
            if let delta = feedback.deltas[index] {
                ticks &+= Int64(delta)
                packet.arrival = .microseconds(250 &* ticks)
            }
            index += 1
            return packet
        }
    }

    /// The packets that this feedback tells of. Add `ReferenceTimeExtender.extend(referenceTime)` to the arrivals to
    /// compare them with those of other feedbacks.
    package var packets: Packets { Packets(self) }
}

/// Follows the 24-bit reference times of one reporter across their wraps (every 12 days).
package struct ReferenceTimeExtender: Sendable {
    private var last: Int64?

    package init() {}

    /// The time on the reporter's clock that `referenceTime` stands for: the nearest to the one before.
    package mutating func extend(_ referenceTime: UInt32) -> Duration {
        let extended: Int64
        if let last {
            let step = referenceTime &- UInt32(truncatingIfNeeded: last)
            // Sign-extended from 24 bits.
            extended = last &+ Int64(Int32(bitPattern: step &<< 8) &>> 8)
        } else {
            extended = Int64(referenceTime & 0xFF_FFFF)
        }
        last = extended
        return .milliseconds(64 &* extended)
    }
}
