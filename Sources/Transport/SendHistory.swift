import Primitives
import RTP

/// What was sent to a peer by transport-wide sequence number, and what the peer says has come of it: what an estimator of
/// the path reads.
///
/// A ring in raw memory: the packet path notes through `SendHistoryReference`, a pointer without reference counting.
/// Confined to its worker's thread; whoever owns it outlives the reference.
// Safe to use: indices are masked into the ring, which lives as long as the history.
@safe package final class SendHistory {
    /// Packets remembered; a power of two. 0.7 s of six seats at 2.5 Mbit/s each; 8 KiB.
    package static let capacity = SendHistoryReference.mask + 1

    /// What became of a packet.
    package struct Outcome: Equatable, Sendable {
        /// Extended.
        package var sequence: Int64
        package var sentAt: MonotonicInstant
        /// When it came, on a clock of the peer's; `nil` where it has not come.
        package var arrival: Duration?
        /// Octets of the datagram.
        package var octets: Int
    }

    private let entries: UnsafeMutablePointer<SendHistoryReference.Entry>
    private var referenceTimes = ReferenceTimeExtender()
    private var acknowledged = RateMeter()
    /// Packets that the peer has said came, each counted once.
    package private(set) var packetsAcknowledged: UInt64 = 0
    /// Packets that the peer has said did not come; some of these came late and count above as well.
    package private(set) var packetsReportedLost: UInt64 = 0

    package init() {
        unsafe entries = .allocate(capacity: Self.capacity)
        unsafe entries.initialize(repeating: SendHistoryReference.Entry(), count: Self.capacity)
    }

    deinit { unsafe entries.deallocate() }

    /// For the packet path.
    package var reference: SendHistoryReference { unsafe SendHistoryReference(entries: entries) }

    /// The rate at which the peer acknowledges over the last second, on our clock, so that a peer cannot make it larger
    /// than what was sent; `nil` before there is enough to tell.
    package func acknowledgedRate(at now: MonotonicInstant) -> Bitrate? { acknowledged.rate(at: now) }

    /// Takes a feedback in, and calls `body` for each packet that it tells something new of.
    ///
    /// - Parameter next: the extended number that the next packet will get.
    package func note(
        _ feedback: TransportFeedback, next: Int64, now: MonotonicInstant, _ body: (Outcome) -> Void = { _ in }
    ) {
        let reference = referenceTimes.extend(feedback.referenceTime)
        // The number sent last with these low bits; numbers that were never sent, or long ago, are not known.
        let behind = UInt16(truncatingIfNeeded: next &- 1) &- feedback.baseSequenceNumber
        var sequence = next &- 1 &- Int64(behind)
        let oldest = max(0, next &- Int64(Self.capacity))
        var ticks: Int64 = 0
        for status in feedback.statuses {
            switch status {
            case .lost(let count):
                // Of a long run only what is remembered is looked at.
                let end = sequence &+ Int64(count)
                var lost = max(sequence, oldest)
                while lost < min(end, next) {
                    note(lost, arrival: nil, now: now, body)
                    lost &+= 1
                }
                sequence = end
            case .received(let delta):
                ticks &+= Int64(delta)
                if sequence >= oldest, sequence < next {
                    note(sequence, arrival: reference + .microseconds(250 &* ticks), now: now, body)
                }
                sequence &+= 1
            }
        }
    }

    /// Notes what the peer says of one packet that is remembered.
    private func note(_ sequence: Int64, arrival: Duration?, now: MonotonicInstant, _ body: (Outcome) -> Void) {
        let entry = unsafe entries + Int(truncatingIfNeeded: sequence) & (Self.capacity - 1)
        switch unsafe (entry.pointee.state, arrival) {
        case (.inFlight, .some), (.reportedLost, .some):
            unsafe entry.pointee.state = .acknowledged
            packetsAcknowledged &+= 1
            acknowledged.note(octets: unsafe Int(entry.pointee.octets), now: now)
        case (.inFlight, nil):
            unsafe entry.pointee.state = .reportedLost
            packetsReportedLost &+= 1
        case (.empty, _), (.acknowledged, _), (.reportedLost, nil): return
        }
        let age = unsafe SendHistoryReference.microseconds(now) &- entry.pointee.sentAtMicroseconds
        body(
            Outcome(
                sequence: sequence, sentAt: now - .microseconds(Int64(age)), arrival: arrival,
                octets: unsafe Int(entry.pointee.octets)))
    }
}

/// A pointer into a `SendHistory`: plain data, valid as long as the history.
// Safe to use: the index is masked into the ring.
///
/// Public, with what the packet path calls, because the compiler inlines no `package` function of another module.
@safe public struct SendHistoryReference {
    @usableFromInline struct Entry {
        @usableFromInline enum State: UInt8 {
            case empty, inFlight, acknowledged, reportedLost
        }

        /// Wraps after 71 minutes, which nothing in the ring is as old as.
        @usableFromInline var sentAtMicroseconds: UInt32
        @usableFromInline var octets: UInt16
        @usableFromInline var state: State

        @inlinable init(sentAtMicroseconds: UInt32 = 0, octets: UInt16 = 0, state: State = .empty) {
            self.sentAtMicroseconds = sentAtMicroseconds
            self.octets = octets
            self.state = state
        }
    }

    /// As many as `SendHistory.capacity`.
    @usableFromInline static let mask = 1_023

    @usableFromInline let entries: UnsafeMutablePointer<Entry>

    init(entries: UnsafeMutablePointer<Entry>) { unsafe self.entries = unsafe entries }

    /// Notes a packet that is being sent.
    ///
    /// - Parameters:
    ///   - sequence: extended.
    ///   - octets: of the datagram.
    package func note(_ sequence: Int64, octets: Int, now: MonotonicInstant) {
        note(sequence, octets: min(octets, Int(UInt16.max)), microseconds: Self.microseconds(now))
    }

    /// A time as the entries have it.
    package static func microseconds(_ now: MonotonicInstant) -> UInt32 {
        UInt32(truncatingIfNeeded: now.nanoseconds / 1_000)
    }

    /// Where a packet with this number will be noted, to be brought near before.
    @inlinable public func address(of sequence: Int64) -> UnsafeRawPointer {
        unsafe UnsafeRawPointer(entries + Int(truncatingIfNeeded: sequence) & Self.mask)
    }

    /// The same by the time's microseconds, for datagrams below 65,536 octets.
    @inlinable @inline(__always) public func note(_ sequence: Int64, octets: Int, microseconds: UInt32) {
        let entry = unsafe entries + Int(truncatingIfNeeded: sequence) & Self.mask
        unsafe entry.pointee = Entry(
            sentAtMicroseconds: microseconds, octets: UInt16(truncatingIfNeeded: octets), state: .inFlight)
    }
}
