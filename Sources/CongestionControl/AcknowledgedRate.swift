import Primitives

/// The rate that the peer acknowledges: the lesser of what was sent and what arrived, over a second or as long as 20 packets
/// take (libwebrtc's robust throughput estimator, in buckets of 50 ms of arrival instead of single packets).
///
/// Nothing is walked through per feedback. Each bucket holds what is needed of itself and all later ones: sums as of its beginning,
/// the least time of sending, the two longest gaps. A bucket that is full passes its own on to the older ones, as far as it changes
/// them, and the three windows' beginnings move on as time passes.
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
    package static let recentWindow: Int32 = 300_000
    package static let recentPackets = 5
    package static let longWindow: Int32 = 2_000_000

    /// Packets that arrived within one bucket's width. Times in microseconds, wrapping.
    private struct Bucket: Sendable {
        var firstArrival: UInt32 = 0
        /// What had arrived before, since counting began; wrapping.
        var octetsBefore: UInt32 = 0
        var packetsBefore: UInt32 = 0
        /// The least time of sending of its packets and, but for the newest bucket, of those of later full buckets.
        var firstSent: UInt32 = 0
        /// The longest and the second longest gap of later full buckets.
        var longest: UInt32 = 0
        var second: UInt32 = 0
        /// Octets of the first packet.
        var firstOctets: UInt16 = 0
    }

    private var buckets: InlineArray<44, Bucket> = .init(repeating: Bucket())
    private var count = 0
    private var newest = 0
    // Since counting began; wrapping.
    private var octets: UInt32 = 0
    private var packets: UInt32 = 0
    /// The longest time without an arrival that ended in the newest bucket.
    private var gap: UInt32 = 0
    private var lastArrival: UInt32 = 0
    /// Of what was sent last.
    private var lastSent: UInt32 = 0
    private var lastOctets: UInt16 = 0
    /// How many buckets each window has, as of the last `refresh` or bucket.
    private var recentCount = 0
    private var rateCount = 0
    private var longCount = 0

    package init() {}

    /// Adds a packet, in the order of arrival.
    package mutating func add(octets: Int, sentAt: MonotonicInstant, arrival: MonotonicInstant) {
        let sent = UInt32(truncatingIfNeeded: sentAt.nanoseconds / 1_000)
        let arrived = UInt32(truncatingIfNeeded: arrival.nanoseconds / 1_000)
        let size = UInt16(clamping: octets)
        if count > 0 {
            let since = Int32(bitPattern: arrived &- lastArrival)
            if since > Self.longestWindow || since < -Self.longestWindow {
                count = 0
            } else if since < Int32(Self.bucket),
                Int32(bitPattern: arrived &- buckets[newest].firstArrival) < Int32(Self.bucket)
            {
                if since > 0 {
                    gap = max(gap, UInt32(since))
                    lastArrival = arrived
                }
                if Int32(bitPattern: sent &- buckets[newest].firstSent) < 0 { buckets[newest].firstSent = sent }
                noteSent(sent, octets: size)
                self.octets &+= UInt32(size)
                packets &+= 1
                return
            }
        }
        begin(size, sent: sent, arrived: arrived)
    }

    /// Begins a bucket with its first packet.
    private mutating func begin(_ size: UInt16, sent: UInt32, arrived: UInt32) {
        if count == 0 {
            (recentCount, rateCount, longCount) = (0, 0, 0)
            gap = 0
            lastSent = sent
            lastOctets = size
        } else {
            passOn()
            gap = arrived &- lastArrival
            noteSent(sent, octets: size)
        }
        lastArrival = arrived
        newest = newest &+ 1 == Self.capacity ? 0 : newest &+ 1
        count = min(count &+ 1, Self.capacity)
        recentCount = min(recentCount &+ 1, Self.capacity)
        rateCount = min(rateCount &+ 1, Self.capacity)
        longCount = min(longCount &+ 1, Self.capacity)
        buckets[newest] = Bucket(
            firstArrival: arrived, octetsBefore: octets, packetsBefore: packets, firstSent: sent, firstOctets: size)
        octets &+= UInt32(size)
        packets &+= 1
    }

    /// Tells the older buckets of the newest, which is full: further back nothing changes once it changes nothing.
    private mutating func passOn() {
        let sent = buckets[newest].firstSent
        var place = newest
        for _ in 1..<max(count, 1) {
            place = place == 0 ? Self.capacity &- 1 : place &- 1
            let isEarlier = Int32(bitPattern: sent &- buckets[place].firstSent) < 0
            let isLonger = gap > buckets[place].second
            guard isEarlier || isLonger else { return }
            if isEarlier { buckets[place].firstSent = sent }
            guard isLonger else { continue }
            buckets[place].second = min(gap, buckets[place].longest)
            buckets[place].longest = max(gap, buckets[place].longest)
        }
    }

    private mutating func noteSent(_ sent: UInt32, octets: UInt16) {
        guard Int32(bitPattern: sent &- lastSent) >= 0 else { return }
        lastSent = sent
        lastOctets = octets
    }

    /// When the bucket ends that is being filled, in nanoseconds: what arrives from then on, and not before the packet that was
    /// added last, begins another.
    ///
    /// - Parameter arrival: of that packet.
    mutating func bucketEnd(of arrival: MonotonicInstant) -> Int64 {
        let microseconds = arrival.nanoseconds / 1_000
        let since = UInt32(truncatingIfNeeded: microseconds) &- buckets[newest].firstArrival
        return (microseconds &- Int64(since) &+ Int64(Self.bucket)) &* 1_000
    }

    /// Adds packets that all belong to the bucket that is being filled.
    mutating func add(_ burst: PacketBurst) {
        gap = max(gap, UInt32(truncatingIfNeeded: burst.gap / 1_000))
        lastArrival = UInt32(truncatingIfNeeded: burst.lastArrival.nanoseconds / 1_000)
        noteSent(
            UInt32(truncatingIfNeeded: burst.sentAt.nanoseconds / 1_000), octets: UInt16(clamping: burst.lastOctets))
        octets &+= UInt32(truncatingIfNeeded: burst.octets)
        packets &+= UInt32(truncatingIfNeeded: burst.packets)
    }

    /// The rate over a second, in bits per second, as of the last `refresh`; `nil` before ten packets.
    package private(set) var rate: Double?
    /// The rate over the last 300 ms, likewise: during overuse the second still holds the rate of before.
    package private(set) var recentRate: Double?
    /// The rate over two seconds or what is kept of them, likewise, for the bound on what is sent.
    package private(set) var longRate: Double?

    /// Computes the rates, once per feedback.
    package mutating func refresh() {
        guard count > 0 else {
            (rate, recentRate, longRate) = (nil, nil, nil)
            return
        }
        recentCount = buckets(within: Self.recentWindow, packets: Self.recentPackets, of: recentCount)
        rateCount = buckets(within: Self.window, packets: Self.minimumPackets, of: rateCount)
        longCount = buckets(within: Self.longWindow, packets: Self.minimumPackets, of: longCount)
        recentRate = rate(over: recentCount, packets: Self.recentPackets)
        rate = rate(over: rateCount, packets: Self.minimumPackets)
        longRate = rate(over: longCount, packets: Self.minimumPackets)
    }

    /// Where the bucket lies with which a window of so many buckets begins.
    private mutating func place(ofFirst count: Int) -> Int {
        let place = newest &+ 1 &- count
        return place < 0 ? place &+ Self.capacity : place
    }

    /// How many of the newest `count` buckets lie within a window, or are needed for the packets. What was too old once stays so.
    private mutating func buckets(within window: Int32, packets needed: Int, of count: Int) -> Int {
        var count = count
        var place = place(ofFirst: count)
        while count > 1 {
            let age = Int32(bitPattern: lastArrival &- buckets[place].firstArrival)
            guard age > window else { break }
            let next = place &+ 1 == Self.capacity ? 0 : place &+ 1
            let later = packets &- buckets[next].packetsBefore
            guard later >= UInt32(needed) || age > Self.longestWindow else { break }
            place = next
            count &-= 1
        }
        return count
    }

    /// The rate over the newest buckets, in bits per second; `nil` where so many packets, or ten, were not seen.
    private mutating func rate(over count: Int, packets needed: Int) -> Double? {
        let first = place(ofFirst: count)
        guard packets &- buckets[first].packetsBefore >= UInt32(min(needed, Self.firstPackets)) else { return nil }
        var firstSent = buckets[first].firstSent
        var gaps = (longest: buckets[first].longest, second: buckets[first].second)
        if first != newest {
            if Int32(bitPattern: buckets[newest].firstSent &- firstSent) < 0 { firstSent = buckets[newest].firstSent }
            // The gap before the oldest bucket lies outside of the window.
            gaps = (max(gap, gaps.longest), max(min(gap, gaps.longest), gaps.second))
        }
        // One outlier among the gaps, as a stall makes, counts as the second longest.
        let arriving =
            Int64(Int32(bitPattern: lastArrival &- buckets[first].firstArrival))
            &- Int64(gaps.longest &- gaps.second)
        let sending = Int64(Int32(bitPattern: lastSent &- firstSent))
        guard arriving > 0, sending > 0 else { return nil }
        let octets = Int64(self.octets &- buckets[first].octetsBefore)
        let received = Double(octets &- Int64(buckets[first].firstOctets)) * 8e6 / Double(arriving)
        let sent = Double(octets &- Int64(lastOctets)) * 8e6 / Double(sending)
        return min(received, sent)
    }
}
