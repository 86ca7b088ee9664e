/// What the path to the receiver carries, and what its slots with video get of it.
public struct QualityMessage: Codable, Equatable, Sendable {
    /// In bits per second.
    public var estimate: Int
    /// What holds the estimate down.
    public var limitedBy: QualityLimitName
    /// The slots with video that carry a track.
    public var slots: [SlotQualityMessage]

    /// The quality of a path.
    public init(estimate: Int, limitedBy: QualityLimitName, slots: [SlotQualityMessage]) {
        self.estimate = estimate
        self.limitedBy = limitedBy
        self.slots = slots
    }
}

/// The layer that a slot is given.
public struct SlotQualityMessage: Codable, Equatable, Sendable {
    /// The section's media identification.
    public var mid: String
    /// Counted from 1, the smallest; 0 while it is paused because the path carries too little.
    public var layer: Int
    /// How many layers the slot could use.
    public var layers: Int

    /// A slot and its layer.
    public init(mid: String, layer: Int, layers: Int) {
        self.mid = mid
        self.layer = layer
        self.layers = layers
    }
}

/// What holds an estimate down.
public enum QualityLimitName: String, Codable, Sendable, CaseIterable {
    /// Nothing was measured yet.
    case start
    /// Queueing delay on the path.
    case delay
    /// Loss on the path.
    case loss
    /// The receiver's REMB.
    case remb
    /// The loss in the receiver's RTCP reports.
    case reports
    /// The receiver's feedback is missing.
    case silence
    /// All that the slots could use fits.
    case demand
    /// The receiver's feedback is not believed.
    case trust
}
