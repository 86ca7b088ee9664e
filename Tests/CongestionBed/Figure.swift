/// What a case measured, with its goal.
package struct Figure: Sendable {
    package enum Goal: Sendable {
        case atLeast(Double)
        case atMost(Double)
        case within(ClosedRange<Double>)
        /// Printed only.
        case none
    }

    package var name: String
    package var unit: String
    package var value: Double
    package var goal: Goal

    package init(_ name: String, _ unit: String, _ value: Double, _ goal: Goal) {
        self.name = name
        self.unit = unit
        self.value = value
        self.goal = goal
    }

    /// Whether a value reaches the goal.
    package func reaches(_ value: Double) -> Bool {
        switch goal {
        case .atLeast(let least): value >= least
        case .atMost(let most): value <= most
        case .within(let range): range.contains(value)
        case .none: true
        }
    }

    /// Whether a value is no worse than half of the goal.
    package func reachesHalf(_ value: Double) -> Bool {
        switch goal {
        case .atLeast(let least): value >= least / 2
        case .atMost(let most): value <= most * 2 + (most == 0 ? 1 : 0)
        case .within(let range): value >= range.lowerBound / 2 && value <= range.upperBound * 2
        case .none: true
        }
    }

    /// The value that is furthest from the goal.
    package func worst(of values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let least = sorted.first, let most = sorted.last else { return 0 }
        switch goal {
        case .atLeast: return least
        case .atMost, .none: return most
        case .within(let range): return range.lowerBound - least > most - range.upperBound ? least : most
        }
    }
}
