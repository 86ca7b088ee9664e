/// How a viewer shows a slot: what it can use of the slot's track.
package struct SlotDemand: Hashable, Sendable {
    /// The width at which it is shown, in device pixels; `nil` for the largest.
    package var width: UInt16?
    /// The height, likewise.
    package var height: UInt16?
    /// 0 to 255, higher first: who is served first when not everything fits the link.
    package var priority: UInt8

    package init(width: UInt16? = nil, height: UInt16? = nil, priority: UInt8 = 0) {
        self.width = width
        self.height = height
        self.priority = priority
    }
}
