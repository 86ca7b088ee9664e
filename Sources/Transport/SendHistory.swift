import Primitives
import RTP

/// What was sent to a peer by transport-wide sequence number, and what the peer reported about it: the input of an estimator
/// of the path.
///
/// A ring in raw memory: the packet path notes through `SendHistoryReference`, plain data without reference counting. It begins
/// small, since most peers receive little, and grows with what is sent. Confined to its worker's thread; whoever owns it
/// outlives the reference.
// Safe to use: indices are masked into the ring, which lives as long as the history or is replaced by `fit` only, after which
// the caller takes the new reference.
@safe package final class SendHistory {
    /// Packets remembered at first; a power of two. 2 s at 4.9 Mbit/s in packets of 1,200 octets; 8 KiB.
    package static let initialCapacity = 1 << 10
    /// Packets remembered at most; a power of two. 2 s at 20 Mbit/s in packets of 610 octets on average; 64 KiB.
    package static let maximumCapacity = 1 << 13
    /// How long what was sent shall be remembered.
    package static let depth = Duration.seconds(2)

    /// The outcome of a packet.
    package struct Outcome: Equatable, Sendable {
        /// Extended.
        package var sequence: Int64
        /// When its batch was handed to the kernel.
        package var sentAt: MonotonicInstant
        /// When it arrived, on a clock of the peer's; `nil` where it has not arrived.
        package var arrival: MonotonicInstant?
        /// Octets of the datagram.
        package var octets: Int
        package var kind: PacketKind
        /// The probe cluster that it belongs to; 0 for none.
        package var cluster: UInt8
    }

    private let times: SendTimes
    private var entries: UnsafeMutablePointer<UInt64>
    /// Packets remembered.
    package private(set) var capacity = initialCapacity
    /// The number that came next at the last `fit`, and when that was.
    private var lastFit: (next: Int64, at: MonotonicInstant)?
    private var referenceTimes = ReferenceTimeExtender()
    private var acknowledged = RateMeter()
    /// The batch that was looked up last for the present feedback, and when it left.
    private var lastBatch: (number: UInt32, sentAt: MonotonicInstant?) = (0, nil)
    /// Packets that the peer has reported as received, each counted once.
    package private(set) var packetsAcknowledged: UInt64 = 0
    /// Packets that the peer has reported as lost; some of these came late and count above as well.
    package private(set) var packetsReportedLost: UInt64 = 0

    /// - Parameter times: when the worker's batches left.
    package init(times: SendTimes) {
        self.times = times
        unsafe entries = .allocate(capacity: Self.initialCapacity)
        unsafe entries.initialize(repeating: 0, count: Self.initialCapacity)
    }

    deinit { unsafe entries.deallocate() }

    /// For the packet path; valid until `fit`.
    package var reference: SendHistoryReference {
        unsafe SendHistoryReference(entries: entries, mask: capacity - 1)
    }

    /// Grows where what was sent since the last call would not be remembered for `depth`; called about once a second.
    ///
    /// - Parameter next: the extended number that the next packet will get.
    /// - Returns: whether `reference` has changed.
    package func fit(next: Int64, now: MonotonicInstant) -> Bool {
        defer { lastFit = (next, now) }
        guard let last = lastFit, now > last.at, capacity < Self.maximumCapacity else { return false }
        let wanted = Double(next &- last.next) * (Self.depth.inSeconds / (now - last.at).inSeconds)
        var grown = capacity
        while Double(grown) < wanted, grown < Self.maximumCapacity { grown *= 2 }
        guard grown > capacity else { return false }
        let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: grown)
        unsafe moved.initialize(repeating: 0, count: grown)
        for number in max(0, next &- Int64(capacity))..<next {
            let low = Int(truncatingIfNeeded: number)
            unsafe moved[low & (grown - 1)] = entries[low & (capacity - 1)]
        }
        unsafe entries.deallocate()
        unsafe entries = moved
        capacity = grown
        return true
    }

    /// The rate at which the peer acknowledges over the last second, on our clock, so that a peer cannot make it larger
    /// than what was sent; `nil` before there is enough to tell.
    package func acknowledgedRate(at now: MonotonicInstant) -> Bitrate? { acknowledged.rate(at: now) }

    /// Applies a feedback, and calls `body` for each packet with a new outcome.
    ///
    /// - Parameter next: the extended number that the next packet will get.
    package func note(
        _ feedback: TransportFeedback, next: Int64, now: MonotonicInstant, _ body: (Outcome) -> Void = { _ in }
    ) {
        let reference = referenceTimes.extend(feedback.referenceTime).wholeNanoseconds
        var acknowledgedOctets = 0
        // The number sent last with these low bits; numbers that were never sent, or long ago, are not known.
        let behind = UInt16(truncatingIfNeeded: next &- 1) &- feedback.baseSequenceNumber
        var sequence = next &- 1 &- Int64(behind)
        let oldest = max(0, next &- Int64(capacity))
        lastBatch = (times.current, nil)
        var ticks: Int64 = 0
        for status in feedback.statuses {
            switch status {
            case .lost(let count):
                // Of a long run only what is remembered is looked at.
                let end = sequence &+ Int64(count)
                var lost = max(sequence, oldest)
                while lost < min(end, next) {
                    _ = note(lost, arrival: nil, now: now, body)
                    lost &+= 1
                }
                sequence = end
            case .received(let delta):
                ticks &+= Int64(delta)
                if sequence >= oldest, sequence < next {
                    let arrival = MonotonicInstant(nanoseconds: reference &+ Self.tick &* ticks)
                    acknowledgedOctets &+= note(sequence, arrival: arrival, now: now, body)
                }
                sequence &+= 1
            }
        }
        if acknowledgedOctets > 0 { acknowledged.note(octets: acknowledgedOctets, now: now) }
    }

    /// The unit of a feedback's arrival times, in nanoseconds.
    private static var tick: Int64 { 250_000 }

    /// Notes what the peer reports about one packet that is remembered.
    ///
    /// - Returns: the packet's octets where it was not known to have arrived.
    private func note(
        _ sequence: Int64, arrival: MonotonicInstant?, now: MonotonicInstant, _ body: (Outcome) -> Void
    ) -> Int {
        var octets = 0
        let place = Int(truncatingIfNeeded: sequence) & (capacity - 1)
        let entry = unsafe SendHistoryReference.Entry(word: entries[place])
        switch (entry.state, arrival) {
        case (.inFlight, .some), (.reportedLost, .some):
            unsafe entries[place] = entry.word(with: .acknowledged)
            packetsAcknowledged &+= 1
            octets = entry.octets
        case (.inFlight, nil):
            unsafe entries[place] = entry.word(with: .reportedLost)
            packetsReportedLost &+= 1
        case (.empty, _), (.acknowledged, _), (.reportedLost, nil): return 0
        }
        if entry.batch != lastBatch.number {
            lastBatch = (entry.batch, times.time(ofBatch: entry.batch, now: now))
        }
        guard let sentAt = lastBatch.sentAt else { return octets }
        body(
            Outcome(
                sequence: sequence, sentAt: sentAt, arrival: arrival, octets: entry.octets, kind: entry.kind,
                cluster: entry.cluster))
        return octets
    }
}

/// A pointer into a `SendHistory`: plain data, valid as long as the history or until its `fit`.
///
/// Public, with what the packet path calls, because the compiler inlines no `package` function of another module.
///
/// Safe to use: the index is masked into the ring.
@safe public struct SendHistoryReference {
    /// One packet in one word: from the lowest bit, 32 bits of the batch's number, 16 of octets, 8 of state, 3 of kind, 5 of
    /// the probe cluster.
    struct Entry {
        enum State: UInt8 {
            case empty, inFlight, acknowledged, reportedLost
        }

        let word: UInt64

        var batch: UInt32 { UInt32(truncatingIfNeeded: word) }
        var octets: Int { Int(word &>> 32 & 0xFFFF) }
        var state: State { State(rawValue: UInt8(truncatingIfNeeded: word &>> 48)) ?? .empty }
        var kind: PacketKind { PacketKind(rawValue: UInt8(truncatingIfNeeded: word &>> 56) & 7) ?? .video }
        var cluster: UInt8 { UInt8(truncatingIfNeeded: word &>> 59) }

        func word(with state: State) -> UInt64 { word & ~(0xFF &<< 48) | UInt64(state.rawValue) &<< 48 }
    }

    @usableFromInline let entries: UnsafeMutablePointer<UInt64>
    @usableFromInline let mask: Int

    init(entries: UnsafeMutablePointer<UInt64>, mask: Int) {
        unsafe self.entries = unsafe entries
        self.mask = mask
    }

    /// What is the same for all packets of a kind that leave with one batch.
    ///
    /// - Parameter cluster: of probes, 1 to 31.
    package static func stamp(batch: UInt32, kind: PacketKind, cluster: UInt8 = 0) -> UInt64 {
        UInt64(batch) | UInt64(Entry.State.inFlight.rawValue) &<< 48 | UInt64(kind.rawValue) &<< 56
            | UInt64(cluster) &<< 59
    }

    /// Where a packet with this number will be noted, to be prefetched.
    @inlinable public func address(of sequence: Int64) -> UnsafeRawPointer {
        unsafe UnsafeRawPointer(entries + Int(truncatingIfNeeded: sequence) & mask)
    }

    /// Notes a packet that is being sealed.
    ///
    /// - Parameters:
    ///   - sequence: extended.
    ///   - octets: of the datagram; below 65,536.
    ///   - stamp: of the batch and the kind.
    @inlinable @inline(__always) public func note(_ sequence: Int64, octets: Int, stamp: UInt64) {
        unsafe entries[Int(truncatingIfNeeded: sequence) & mask] = stamp | UInt64(truncatingIfNeeded: octets) &<< 32
    }
}
