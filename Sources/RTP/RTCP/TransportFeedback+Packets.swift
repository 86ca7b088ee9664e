import Primitives

extension TransportFeedback {
    /// The report on one packet in a feedback.
    package struct ReportedPacket: Sendable, Equatable {
        /// The packet's transport-wide number.
        package var sequenceNumber: UInt16
        /// Its arrival, from the feedback's reference time; `nil` if it was not received.
        package var arrival: Duration?
    }

    /// The packets of a feedback, in order of their numbers.
    package struct Packets: Sequence, IteratorProtocol, Sendable {
        private let statuses: [Status]
        private var index = 0
        /// Packets of the run at `index` that were returned.
        private var told = 0
        private var number: UInt16
        private var ticks: Int64 = 0

        fileprivate init(_ feedback: TransportFeedback) {
            statuses = feedback.statuses
            number = feedback.baseSequenceNumber
        }

        package mutating func next() -> ReportedPacket? {
            guard index < statuses.count else { return nil }
            var packet = ReportedPacket(sequenceNumber: number)
            number &+= 1
            switch statuses[index] {
            case .lost(let count):
                told += 1
                guard told == count else { return packet }
                told = 0
            case .received(let delta):
                ticks &+= Int64(delta)
                packet.arrival = .microseconds(250 &* ticks)
            }
            index += 1
            return packet
        }
    }

    /// The packets that this feedback reports. Add `ReferenceTimeExtender.extend(referenceTime)` to the arrivals to
    /// compare them with other feedbacks.
    package var packets: Packets { Packets(self) }
}

/// Extends the 24-bit reference times of one reporter across their wraps (every 12 days).
package struct ReferenceTimeExtender: Sendable {
    private var last: Int64?

    package init() {}

    /// The time of `referenceTime` on the reporter's clock, nearest to the previous one.
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
