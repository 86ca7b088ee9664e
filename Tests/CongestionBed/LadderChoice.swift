import CongestionControl
import Primitives

/// The layer that a viewer of one simulcast publisher is sent.
struct LadderChoice {
    var layer = 0
}
