import Primitives

/// How a link treats datagrams in one direction.
package struct LinkConditions: Sendable {
    /// Losses that come in bursts: the two-state model of Gilbert, one step per datagram.
    package struct Burst: Sendable {
        /// The probability that a burst begins with a datagram.
        package var begin: Double
        /// The probability that a burst ends with a datagram. In a burst everything is lost.
        package var end: Double

        package init(begin: Double, end: Double) {
            self.begin = begin
            self.end = end
        }
    }

    /// The least time on the way.
    package var latency: Duration
    /// What the time on the way varies by: evenly spread between nothing and this. It does not change the order.
    package var jitter: Duration
    /// The probability that a datagram is lost, each by itself.
    package var loss: Double
    package var burst: Burst?
    /// The probability that a datagram takes `reorderingDelay` longer and is overtaken.
    package var reordering: Double
    package var reorderingDelay: Duration
    /// The probability that a datagram comes twice.
    package var duplication: Double
    /// The link's rate; `nil` for one without a limit.
    package var rate: Bitrate?
    /// Octets that wait for the link where it has a rate; beyond them datagrams are lost.
    package var queueOctets: Int

    package init(
        latency: Duration = .zero, jitter: Duration = .zero, loss: Double = 0, burst: Burst? = nil,
        reordering: Double = 0, reorderingDelay: Duration = .milliseconds(20), duplication: Double = 0,
        rate: Bitrate? = nil, queueOctets: Int = 64_000
    ) {
        self.latency = latency
        self.jitter = jitter
        self.loss = loss
        self.burst = burst
        self.reordering = reordering
        self.reorderingDelay = reorderingDelay
        self.duplication = duplication
        self.rate = rate
        self.queueOctets = queueOctets
    }

    /// Everything arrives at once.
    package static let perfect = LinkConditions()
}
