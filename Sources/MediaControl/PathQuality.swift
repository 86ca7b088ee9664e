import Primitives

/// What the path to a viewer is estimated to carry, and what its slots get of it; see `MediaEvent.quality`.
package struct PathQuality: Hashable, Sendable {
    package var estimate: Bitrate
    /// What holds the estimate down.
    package var limit: PathLimit
    /// The slots with video that carry a track, by slot index.
    package var slots: [SlotQuality]

    package init(estimate: Bitrate, limit: PathLimit, slots: [SlotQuality]) {
        self.estimate = estimate
        self.limit = limit
        self.slots = slots
    }
}

/// What one slot with video gets of its viewer's path.
package struct SlotQuality: Hashable, Sendable {
    /// The index among the transport's slots.
    package var slot: Int
    /// The layer that the slot is given, counted from 1, the smallest; 0 while it is paused because the path carries too little.
    package var layer: Int
    /// How many layers the slot could use: those that are sent, up to the one that the size of the tile needs.
    package var layers: Int

    package init(slot: Int, layer: Int, layers: Int) {
        self.slot = slot
        self.layer = layer
        self.layers = layers
    }
}
