import Primitives

/// What the clusters of the last seconds have shown: the rate at which they arrived (libwebrtc's probe bitrate estimator).
package struct ProbeResult: Sendable {
    /// The part of packets and octets that must have arrived.
    package static let share = 0.8
    /// An interval longer than this shows nothing.
    package static let longest = Duration.seconds(1)
    /// A cluster that arrives faster than this multiple of its rate was compressed on the way.
    package static let maximumCompression = 2.0
    /// Arriving slower than this part of its sending shows the capacity, of which a part is taken.
    package static let saturation = 0.9
    package static let margin = 0.90

    /// What a cluster shows.
    package struct Shown: Equatable, Sendable {
        /// In bits per second.
        package var rate: Double
        /// Whether it arrived slower than it was sent: the bottleneck was full, and on a shared one the cluster took from
        /// others.
        package var isSaturated: Bool
    }

    private struct Cluster: Sendable {
        var id: UInt8 = 0
        var packets: UInt16 = 0
        var octets: UInt32 = 0
        var firstArrivedOctets: UInt16 = 0
        var lastSentOctets: UInt16 = 0
        var wanted: UInt32 = 0
        var firstSent = MonotonicInstant.zero
        var lastSent = MonotonicInstant.zero
        var firstArrival = MonotonicInstant.zero
        var lastArrival = MonotonicInstant.zero
    }

    private var clusters: InlineArray<4, Cluster> = .init(repeating: Cluster())
    private var next = 0
    /// Octets of other packets since the last one of a cluster.
    private var between = 0

    package init() {}

    /// Notes that a cluster is being sent.
    package mutating func begin(_ cluster: ProbeCluster) {
        clusters[next] = Cluster(id: cluster.id, wanted: UInt32(clamping: cluster.octets))
        next = (next &+ 1) % 4
    }

    /// Takes a packet of a cluster that has arrived.
    ///
    /// - Returns: the rate in bits per second that the cluster shows so far; `nil` before it shows one.
    package mutating func add(_ result: PacketResult) -> Shown? {
        guard let arrival = result.arrival else { return nil }
        guard result.cluster != 0 else {
            between = min(between &+ result.octets, 1 << 20)
            return nil
        }
        for place in 0..<4 where clusters[place].id == result.cluster {
            var cluster = clusters[place]
            defer { clusters[place] = cluster }
            return add(result, arrival: arrival, to: &cluster)
        }
        return nil
    }

    /// Takes packets of no cluster that have arrived.
    mutating func addOther(octets: Int) { between = min(between &+ octets, 1 << 20) }

    private mutating func add(_ result: PacketResult, arrival: MonotonicInstant, to cluster: inout Cluster) -> Shown? {
        let octets = UInt16(clamping: result.octets)
        // Media that arrived between two packets of the cluster was sent between them as well.
        if cluster.packets > 0 { cluster.octets &+= UInt32(clamping: between) }
        between = 0
        if cluster.packets == 0 {
            cluster.firstSent = result.sentAt
            cluster.lastSent = result.sentAt
            cluster.firstArrival = arrival
            cluster.lastArrival = arrival
            cluster.firstArrivedOctets = octets
            cluster.lastSentOctets = octets
        }
        if arrival < cluster.firstArrival { (cluster.firstArrival, cluster.firstArrivedOctets) = (arrival, octets) }
        if result.sentAt >= cluster.lastSent { (cluster.lastSent, cluster.lastSentOctets) = (result.sentAt, octets) }
        cluster.firstSent = min(cluster.firstSent, result.sentAt)
        cluster.lastArrival = max(cluster.lastArrival, arrival)
        cluster.packets &+= 1
        cluster.octets &+= UInt32(octets)
        return Self.rate(of: cluster)
    }

    private static func rate(of cluster: Cluster) -> Shown? {
        guard Double(cluster.packets) >= share * Double(ProbeCluster.minimumPackets),
            Double(cluster.octets) >= share * Double(cluster.wanted)
        else { return nil }
        let sending = cluster.lastSent - cluster.firstSent
        let arriving = cluster.lastArrival - cluster.firstArrival
        guard sending > .zero, arriving > .zero, sending <= longest, arriving <= longest else { return nil }
        let sent = Double(cluster.octets &- UInt32(cluster.lastSentOctets)) * 8 / sending.inSeconds
        let received = Double(cluster.octets &- UInt32(cluster.firstArrivedOctets)) * 8 / arriving.inSeconds
        guard received <= maximumCompression * sent else { return nil }
        return received < saturation * sent
            ? Shown(rate: margin * received, isSaturated: true) : Shown(rate: min(sent, received), isSaturated: false)
    }
}
