import Primitives

/// Whether one more TCP connection is taken, by those that are there.
struct TCPAdmission {
    private let host: TransportAddress
    private var all = 0
    private var unproven = 0
    private var ofHost = 0
    private var unprovenOfHost = 0

    /// - Parameter host: whose connection it would be.
    init(of host: TransportAddress) { self.host = host }

    /// Counts a connection that is there.
    mutating func count(_ remote: TransportAddress, isProven: Bool) {
        let isSameHost = remote.isSameNetwork(as: host)
        all += 1
        if isSameHost { ofHost += 1 }
        guard !isProven else { return }
        unproven += 1
        if isSameHost { unprovenOfHost += 1 }
    }

    var isAllowed: Bool {
        all < TCPLimits.maximumConnections && ofHost < TCPLimits.maximumPerHost
            && unproven < TCPLimits.maximumUnproven && unprovenOfHost < TCPLimits.maximumUnprovenPerHost
    }
}

extension TransportAddress {
    /// Whether both are of one host; of IPv6 the first 64 bits decide, because a host chooses the others freely.
    fileprivate func isSameNetwork(as other: TransportAddress) -> Bool {
        guard family == other.family else { return false }
        return family == .v4 ? low == other.low : high == other.high
    }
}
