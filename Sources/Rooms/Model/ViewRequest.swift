import MediaControl
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

        /// The track that is written so (`TrackID.description`); `nil` where none can be.
        package init?(track text: String) {
            let prefix = "track-"
            guard text.hasPrefix(prefix), let number = UInt64(text.dropFirst(prefix.count)),
                TrackID(rawValue: number).description == text
            else { return nil }
            self = .track(TrackID(rawValue: number))
        }
    }

    /// The slot.
    package var mid: String
    package var wish: Wish
    /// The size at which it is shown, in device pixels; `nil` where the client does not say.
    package var width: UInt16?
    package var height: UInt16?
    /// 0 to 255, higher first.
    package var priority: UInt8
    /// Whether the slot is visible. Nothing is sent to a slot that is not.
    package var isVisible: Bool

    package init(
        mid: String, wish: Wish = .automatic, width: UInt16? = nil, height: UInt16? = nil, priority: UInt8 = 0,
        isVisible: Bool = true
    ) {
        self.mid = mid
        self.wish = wish
        self.width = width
        self.height = height
        self.priority = priority
        self.isVisible = isVisible
    }

    /// What the worker has to know of it.
    var demand: SlotDemand { SlotDemand(width: width, height: height, priority: priority) }
}
