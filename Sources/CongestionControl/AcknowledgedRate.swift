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
    /// The short window with the packets that it needs, and the long one.
    private static let recentWindow: Int32 = 300_000
    private static let recentPackets = 5
    private static let longWindow: Int32 = 2_000_000

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

    /// Whether a packet that arrives now and not before the last belongs to the bucket that is being filled.
    mutating func joins(_ arrival: MonotonicInstant) -> Bool {
        let since = UInt32(truncatingIfNeeded: arrival.nanoseconds / 1_000) &- buckets[newest].firstArrival
        return count > 0 && since < Self.bucket
    }

    /// Adds packets that all belong to the bucket that is being filled.
    mutating func add(_ burst: PacketBurst) {
        buckets[newest].gap = max(buckets[newest].gap, UInt32(truncatingIfNeeded: burst.gap / 1_000))
        buckets[newest].lastArrival = UInt32(truncatingIfNeeded: burst.lastArrival.nanoseconds / 1_000)
        let sent = UInt32(truncatingIfNeeded: burst.sentAt.nanoseconds / 1_000)
        if Int32(bitPattern: sent &- buckets[newest].lastSent) >= 0 {
            buckets[newest].lastSent = sent
            buckets[newest].lastOctets = UInt16(clamping: burst.lastOctets)
        }
        buckets[newest].octets &+= UInt32(truncatingIfNeeded: burst.octets)
        buckets[newest].packets &+= UInt16(truncatingIfNeeded: burst.packets)
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

    /// Computes the rates, once per feedback, from one walk through the buckets.
    package mutating func refresh() {
        (rate, recentRate, longRate) = (nil, nil, nil)
        guard count > 0 else { return }
        var seen = Seen(buckets[newest])
        let last = buckets[newest].lastArrival
        var isRateDone = false
        var isRecentDone = false
        for back in 0..<count {
            let place = newest &- back
            let bucket = buckets[place < 0 ? place &+ Self.capacity : place]
            let age = Int32(bitPattern: last &- bucket.firstArrival)
            if age > Self.longestWindow { break }
            if !isRecentDone, age > Self.recentWindow, seen.packets >= Self.recentPackets {
                recentRate = seen.rate(until: last, packets: Self.recentPackets)
                isRecentDone = true
            }
            if age > Self.window, seen.packets >= Self.minimumPackets {
                if !isRateDone { rate = seen.rate(until: last, packets: Self.minimumPackets) }
                isRateDone = true
                if age > Self.longWindow { break }
            }
            seen.add(bucket, isFirst: back == 0)
        }
        longRate = seen.rate(until: last, packets: Self.minimumPackets)
        if !isRateDone { rate = longRate }
        if !isRecentDone { recentRate = seen.rate(until: last, packets: Self.recentPackets) }
    }

    /// What has been seen of the buckets, from the newest back.
    private struct Seen {
        var octets = 0.0
        var packets = 0
        var firstSent: UInt32
        var lastSent: UInt32
        var lastOctets: UInt16
        var longest: UInt32 = 0
        var second: UInt32 = 0
        // Of the oldest.
        var gap: UInt32 = 0
        var firstArrival: UInt32
        var firstOctets: UInt16

        init(_ newest: Bucket) {
            firstSent = newest.firstSent
            lastSent = newest.lastSent
            lastOctets = newest.lastOctets
            firstArrival = newest.firstArrival
            firstOctets = newest.firstOctets
        }

        mutating func add(_ bucket: Bucket, isFirst: Bool) {
            // The gap before the oldest bucket lies outside of the window.
            if !isFirst {
                if gap > longest { (longest, second) = (gap, longest) } else { second = max(second, gap) }
            }
            gap = bucket.gap
            firstArrival = bucket.firstArrival
            firstOctets = bucket.firstOctets
            octets += Double(bucket.octets)
            packets &+= Int(bucket.packets)
            if Int32(bitPattern: bucket.firstSent &- firstSent) < 0 { firstSent = bucket.firstSent }
            if Int32(bitPattern: bucket.lastSent &- lastSent) > 0 {
                lastSent = bucket.lastSent
                lastOctets = bucket.lastOctets
            }
        }

        /// The rate, in bits per second; `nil` where so many packets, or ten, were not seen.
        func rate(until last: UInt32, packets needed: Int) -> Double? {
            guard packets >= min(needed, AcknowledgedRate.firstPackets) else { return nil }
            // One outlier among the gaps, as a stall makes, counts as the second longest.
            let arriving = Double(Int32(bitPattern: last &- firstArrival)) - Double(longest &- second)
            let sending = Double(Int32(bitPattern: lastSent &- firstSent))
            guard arriving > 0, sending > 0 else { return nil }
            let received = (octets - Double(firstOctets)) * 8e6 / arriving
            let sent = (octets - Double(lastOctets)) * 8e6 / sending
            return min(received, sent)
        }
    }
}
