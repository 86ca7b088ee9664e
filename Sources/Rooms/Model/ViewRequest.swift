import Primitives

/// What a viewer wants to see in one slot, and how large.
package struct ViewRequest: Hashable, Sendable {
    /// Who or what shall be shown.
    package enum Wish: Hashable, Sendable {
        /// The server chooses.
        case automatic
        /// This participant, once and as long as it is on stage; meanwhile the server chooses.
        case participant(ParticipantID)
        /// This track and its participant; meanwhile the server chooses.
        case track(TrackID)
    }

    /// The slot.
    package var mid: String
    package var wish: Wish
    /// The size at which it is shown, in device pixels; `nil` where the client does not say.
    package var width: Int?
    package var height: Int?
    /// 0 to 255, higher first.
    package var priority: UInt8
    /// Whether it is shown at all; nothing is sent otherwise.
    package var isVisible: Bool

    package init(
        mid: String, wish: Wish = .automatic, width: Int? = nil, height: Int? = nil, priority: UInt8 = 0,
        isVisible: Bool = true
    ) {
        self.mid = mid
        self.wish = wish
        self.width = width
        self.height = height
        self.priority = priority
        self.isVisible = isVisible
    }
}
