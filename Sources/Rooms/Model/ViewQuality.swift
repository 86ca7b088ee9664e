import Primitives

/// What the path to a participant carries, and what its slots with video get of it.
package struct ViewQuality: Hashable, Sendable {
    /// One slot: the layer that it is given, 0 while it is paused for bandwidth, of the layers that it could use.
    package struct Slot: Hashable, Sendable {
        package var mid: String
        package var layer: Int
        package var layers: Int

        package init(mid: String, layer: Int, layers: Int) {
            self.mid = mid
            self.layer = layer
            self.layers = layers
        }
    }

    package var estimate: Bitrate
    /// What holds the estimate down.
    package var limit: PathLimit
    package var slots: [Slot]

    package init(estimate: Bitrate, limit: PathLimit, slots: [Slot]) {
        self.estimate = estimate
        self.limit = limit
        self.slots = slots
    }
}
