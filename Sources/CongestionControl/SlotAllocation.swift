import Primitives

/// One slot of a viewer, as the allocator sees it: what its steps cost, and which one it has.
package struct SlotAllocation: Equatable, Sendable {
    /// What a slot is sent.
    package enum Choice: Equatable, Sendable {
        /// A step, 0 the smallest.
        case step(Int)
        case paused(PauseReason)
    }

    /// Why a slot is sent nothing. The viewer is told.
    package enum PauseReason: Sendable {
        /// The path carries no more.
        case bandwidth
        /// The viewer does not show it.
        case hidden
        /// The publisher sends nothing.
        case publisher
    }

    /// Steps at most: three encodings of three temporal layers.
    package static let maximumSteps = 9

    /// In bits per second with headers, from the smallest step to the largest that the tile needs.
    private var costs: InlineArray<9, Int64> = .init(repeating: 0)
    /// In bits: the keyframe that each step begins with.
    private var keyframes: InlineArray<9, Int64> = .init(repeating: 0)
    /// How many steps there are; none where the publisher sends nothing.
    package private(set) var steps = 0
    /// 0 to 255, higher first.
    package var priority: UInt8
    package var isHidden: Bool
    /// Before an allocation the choice of the last one, after it the new one.
    package internal(set) var choice: Choice = .paused(.hidden)
    package internal(set) var backoff = UpgradeBackoff()

    package init(priority: UInt8 = 0, isHidden: Bool = false) {
        self.priority = priority
        self.isHidden = isHidden
    }

    package static func == (a: SlotAllocation, b: SlotAllocation) -> Bool {
        a.steps == b.steps && a.priority == b.priority && a.isHidden == b.isHidden && a.choice == b.choice
            && a.backoff == b.backoff && (0..<a.steps).allSatisfy { a.costs[$0] == b.costs[$0] }
    }

    /// Forgets the steps; `append` tells the new ones.
    package mutating func removeSteps() { steps = 0 }

    /// Adds the next larger step; further ones than there is room for are left out.
    ///
    /// - Parameters:
    ///   - cost: with headers. A step that costs no more than the one before is the same as that.
    ///   - keyframeOctets: of the keyframe that the step begins with.
    package mutating func append(_ cost: Bitrate, keyframeOctets: Int = 0) {
        guard steps < Self.maximumSteps else { return }
        keyframes[steps] = Int64(keyframeOctets) * 8
        costs[steps] = max(cost.bitsPerSecond, steps > 0 ? costs[steps - 1] : 0)
        steps += 1
    }

    /// What a step costs, in bits per second.
    package func cost(_ step: Int) -> Int64 { step >= 0 && step < steps ? costs[step] : 0 }

    /// The keyframe that a step begins with, in bits.
    func keyframe(_ step: Int) -> Int64 { step >= 0 && step < steps ? keyframes[step] : 0 }

    /// What the choice costs, in bits per second.
    package var given: Int64 { if case .step(let step) = choice { cost(step) } else { 0 } }
    /// What the largest step costs, in bits per second.
    package var wanted: Int64 { cost(steps - 1) }
    package var isServed: Bool { if case .step = choice { true } else { false } }

    /// How much is missing, weighted by the priority; what is largest is served next.
    var need: Double {
        guard wanted > 0 else { return 0 }
        return Double(wanted - given) / Double(wanted) * (1 + Double(priority) / 64)
    }

    /// The step after the choice; `nil` for none.
    var next: Int? {
        switch choice {
        case .step(let step): step + 1 < steps ? step + 1 : nil
        case .paused: steps > 0 && !isHidden ? 0 : nil
        }
    }
}
