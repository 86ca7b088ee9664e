import CongestionControl
import Primitives

/// A flow's state over 100 ms. Rates in Mbit/s, times in milliseconds.
package struct FlowSample: Sendable {
    package var at: Double
    package var capacity: Double
    package var estimate: Double
    package var delayEstimate: Double
    package var lossEstimate: Double
    package var acknowledged: Double
    package var sent: Double
    package var received: Double
    package var padding: Double
    package var usage: OveruseDetector.Usage
    package var limit: PathTarget.Limit
    package var trend: Double
    package var threshold: Double
    package var residual: Double
    /// The longest wait of a packet before the link.
    package var queue: Double
    package var roundTrip: Double
    package var loss: Double
    /// What waits in the sender, as time.
    package var lag: Double
    /// The layer that is sent, -1 for none.
    package var layer: Int
}
