import CongestionControl
import Primitives

/// The slots of a viewer who watches simulcast publishers, with the allocator that chooses their layers.
struct SlotLadder {
    private var allocator = BandwidthAllocator()
    private(set) var slots: [SlotAllocation]
    /// In kbit/s, of the media alone.
    private let rates: [Double]
    private var askedAt = MonotonicInstant.zero

    /// - Parameter rates: of the layers, in kbit/s; the allocator counts headers and a tenth for the frames' sizes.
    init(rates: [Double], priorities: [UInt8]) {
        self.rates = rates
        slots = priorities.map { priority in
            var slot = SlotAllocation(priority: priority)
            for rate in rates {
                let packet = Double(MediaFlow.payload + MediaFlow.overhead) / Double(MediaFlow.payload)
                slot.append(Bitrate(bitsPerSecond: Int64(rate * 1_100 * packet)))
            }
            return slot
        }
    }

    /// What all slots could use, in bits per second.
    var wanted: Int64 { slots.reduce(0) { $0 + $1.wanted } }

    /// The sum of the layers' numbers, -1 while nothing is sent.
    var layer: Int {
        let steps = slots.compactMap { slot in if case .step(let step) = slot.choice { step } else { nil } }
        return steps.isEmpty ? -1 : steps.reduce(0, +)
    }

    /// Chooses layers.
    ///
    /// - Returns: the rate to probe for, once a second at most.
    mutating func choose(target: PathTarget, audio: Bitrate, now: MonotonicInstant) -> Bitrate? {
        let probe = allocator.allocate(&slots, .init(target: target, audio: audio), now: now)
        guard let probe, now - askedAt >= .seconds(1) else { return nil }
        askedAt = now
        return probe
    }

    /// What is sent of a slot, in bits per second of media.
    func rate(_ slot: Int) -> Double {
        guard case .step(let step) = slots[slot].choice else { return 0 }
        return rates[step] * 1_000
    }
}
