import Primitives

/// Bounds the search for the peer whose media comes from an address that no check came from: anybody can send such
/// datagrams, and each attempt costs as much as opening a packet.
struct RebindingSearch {
    /// At most `maximumSearches` in this time: each looks at every peer of the worker. When a NAT restarts, everybody behind it
    /// comes at once.
    static let interval = Duration.milliseconds(40)
    static let maximumSearches = 8
    /// Peers whose keys are tried in one search.
    static let maximumAttempts = 64
    /// A peer that was heard of at its address in this time is not looked for elsewhere by its RTCP.
    static let silence = Duration.milliseconds(100)

    private var intervalBegan = MonotonicInstant.zero
    private var searches = 0
    /// The index of the peer after the last that was tried: where many share an address, all get their turn.
    private var start = 0

    /// Whether a search may begin now; notes that it does.
    mutating func begin(now: MonotonicInstant) -> Bool {
        if now - intervalBegan >= Self.interval {
            intervalBegan = now
            searches = 0
        }
        guard searches < Self.maximumSearches else { return false }
        searches += 1
        return true
    }

    /// The first of `count` indices for which `attempt` says yes, among those for which `isLikely` does.
    mutating func first(of count: Int, isLikely: (Int) -> Bool, attempt: (Int) -> Bool) -> Int? {
        var attempts = 0
        for step in 0..<count {
            let index = (start + step) % count
            guard isLikely(index) else { continue }
            if attempt(index) { return index }
            attempts += 1
            if attempts == Self.maximumAttempts {
                start = (index + 1) % count
                return nil
            }
        }
        return nil
    }
}
