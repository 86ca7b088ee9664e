import Client
import Primitives
import TestMedia

/// The parameters of one participant's connection, as negotiated by its door.
package struct PeerPlan: Sendable {
    package var id: Int
    package var parameters: ClientParameters
    package var options: ClientOptions
    /// When the participant set out, before any signaling.
    package var began: MonotonicInstant
    /// Sends as soon as it can.
    package var publishes: Bool
    /// Sends live pictures of its own rather than the shared clip.
    package var live: MediaClip.Settings?
    /// Whether the received streams are measured.
    package var isMeasured: Bool
    /// The place of its link in the settings; `nil` for none.
    package var link: Int?
    /// Whether received video is decoded and its frames are checked.
    package var isDecoded: Bool

    package init(
        id: Int, parameters: ClientParameters, options: ClientOptions = ClientOptions(), began: MonotonicInstant,
        publishes: Bool, live: MediaClip.Settings? = nil, isMeasured: Bool = false, isDecoded: Bool = false,
        link: Int? = nil
    ) {
        self.id = id
        self.parameters = parameters
        self.options = options
        self.began = began
        self.publishes = publishes
        self.live = live
        self.isMeasured = isMeasured
        self.isDecoded = isDecoded
        self.link = link
    }
}
