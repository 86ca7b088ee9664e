import Primitives
import TestSupport

/// Networks that tests use in common.
enum LinkConditionsFor {
    /// 10 ms each way and nothing else.
    static let goodLine = LinkConditions(latency: .milliseconds(10))
    /// Loss in bursts, jitter, reordering and duplicates.
    static let badWiFi = LinkConditions(
        latency: .milliseconds(15), jitter: .milliseconds(15), loss: 0.01,
        burst: LinkConditions.Burst(begin: 0.002, end: 0.3), reordering: 0.01, duplication: 0.005)
}
