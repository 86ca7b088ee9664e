import Primitives

/// The rate that the peer acknowledges: the lesser of what was sent and what arrived, over a second or as long as 20 packets
/// take (libwebrtc's robust throughput estimator, in buckets of 50 ms of arrival instead of single packets).
package struct AcknowledgedRate: Sendable {
    /// The width of a bucket, in microseconds of the peer's clock.
    private static let bucket: UInt32 = 50_000
    private static let capacity = 44
    /// Packets that a rate needs, and before which there is none.
    package static let minimumPackets = 20
    package static let firstPackets = 10
    /// The window, and the longest it may become, in microseconds.
    package static let window: Int32 = 1_000_000
    package static let longestWindow: Int32 = 5_000_000

    /// Packets that arrived within one bucket's width. Times in microseconds, wrapping.
    private struct Bucket: Sendable {
        var firstArrival: UInt32 = 0
        var lastArrival: UInt32 = 0
        var firstSent: UInt32 = 0
        var lastSent: UInt32 = 0
        var octets: UInt32 = 0
        /// The longest time without an arrival that ended in this bucket.
        var gap: UInt32 = 0
        var packets: UInt16 = 0
        /// Octets of the first packet, and of the last one sent.
        var firstOctets: UInt16 = 0
        var lastOctets: UInt16 = 0
    }

    private var buckets: InlineArray<44, Bucket> = .init(repeating: Bucket())
    private var count = 0
    private var newest = 0

    package init() {}

    /// Adds a packet, in the order of arrival.
    package mutating func add(octets: Int, sentAt: MonotonicInstant, arrival: MonotonicInstant) {
        let sent = UInt32(truncatingIfNeeded: sentAt.nanoseconds / 1_000)
        let arrived = UInt32(truncatingIfNeeded: arrival.nanoseconds / 1_000)
        let size = UInt16(clamping: octets)
        if count > 0 {
            let since = Int32(bitPattern: arrived &- buckets[newest].lastArrival)
            if since > Self.longestWindow || since < -Self.longestWindow {
                count = 0
            } else if since < Int32(Self.bucket),
                Int32(bitPattern: arrived &- buckets[newest].firstArrival) < Int32(Self.bucket)
            {
                join(octets: size, sent: sent, arrived: arrived)
                return
            }
        }
        var fresh = Bucket()
        fresh.firstArrival = arrived
        fresh.lastArrival = arrived
        fresh.firstSent = sent
        fresh.lastSent = sent
        fresh.octets = UInt32(size)
        fresh.packets = 1
        fresh.firstOctets = size
        fresh.lastOctets = size
        if count > 0 { fresh.gap = arrived &- buckets[newest].lastArrival }
        newest = (newest &+ 1) % Self.capacity
        count = min(count &+ 1, Self.capacity)
        buckets[newest] = fresh
    }

    private mutating func join(octets: UInt16, sent: UInt32, arrived: UInt32) {
        var bucket = buckets[newest]
        let gap = Int32(bitPattern: arrived &- bucket.lastArrival)
        if gap > 0 {
            bucket.gap = max(bucket.gap, UInt32(gap))
            bucket.lastArrival = arrived
        }
        if Int32(bitPattern: sent &- bucket.firstSent) < 0 { bucket.firstSent = sent }
        if Int32(bitPattern: sent &- bucket.lastSent) >= 0 {
            bucket.lastSent = sent
            bucket.lastOctets = octets
        }
        bucket.octets &+= UInt32(octets)
        bucket.packets &+= 1
        buckets[newest] = bucket
    }

    /// The rate over a second, in bits per second, as of the last `refresh`; `nil` before ten packets.
    package private(set) var rate: Double?
    /// The rate over the last 300 ms, likewise: during overuse the second still holds the rate of before.
    package private(set) var recentRate: Double?
    /// The rate over two seconds or what is kept of them, likewise, for the bound on what is sent.
    package private(set) var longRate: Double?

    /// Computes the rates, once per feedback.
    package mutating func refresh() {
        rate = rate(over: Self.window, packets: Self.minimumPackets)
        recentRate = rate(over: 300_000, packets: 5)
        longRate = rate(over: 2_000_000, packets: Self.minimumPackets)
    }

    /// Mutating only so that nothing is copied.
    private mutating func rate(over window: Int32, packets needed: Int) -> Double? {
        guard count > 0 else { return nil }
        let last = buckets[newest]
        var octets = 0.0
        var packets = 0
        var firstSent = last.firstSent
        var lastSent = last.lastSent
        var lastOctets = last.lastOctets
        var longest: UInt32 = 0
        var second: UInt32 = 0
        var oldest = last
        for back in 0..<count {
            let bucket = buckets[(newest &+ Self.capacity &- back) % Self.capacity]
            let age = Int32(bitPattern: last.lastArrival &- bucket.firstArrival)
            if age > Self.longestWindow { break }
            if age > window, packets >= needed { break }
            // The gap before the oldest bucket lies outside of the window.
            if back > 0 {
                let gap = oldest.gap
                if gap > longest { (longest, second) = (gap, longest) } else { second = max(second, gap) }
            }
            oldest = bucket
            octets += Double(bucket.octets)
            packets &+= Int(bucket.packets)
            if Int32(bitPattern: bucket.firstSent &- firstSent) < 0 { firstSent = bucket.firstSent }
            if Int32(bitPattern: bucket.lastSent &- lastSent) > 0 {
                lastSent = bucket.lastSent
                lastOctets = bucket.lastOctets
            }
        }
        guard packets >= min(needed, Self.firstPackets) else { return nil }
        // One outlier among the gaps, as a stall makes, counts as the second longest.
        let arriving = Double(Int32(bitPattern: last.lastArrival &- oldest.firstArrival)) - Double(longest &- second)
        let sending = Double(Int32(bitPattern: lastSent &- firstSent))
        guard arriving > 0, sending > 0 else { return nil }
        let received = (octets - Double(oldest.firstOctets)) * 8e6 / arriving
        let sent = (octets - Double(lastOctets)) * 8e6 / sending
        return min(received, sent)
    }
}
