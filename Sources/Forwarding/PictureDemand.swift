/// What a viewer can use of a track's picture.
package struct PictureDemand: Hashable, Sendable {
    /// The width at which it is shown, in device pixels; `nil` for the largest.
    package var width: UInt16?
    /// The height, likewise.
    package var height: UInt16?
    /// 0 to 255, higher first: who is served first when not everything fits the link.
    package var priority: UInt8

    /// The largest picture there is.
    package static let largest = PictureDemand(width: nil, height: nil, priority: 0)

    package init(width: UInt16?, height: UInt16?, priority: UInt8) {
        self.width = width
        self.height = height
        self.priority = priority
    }
}
