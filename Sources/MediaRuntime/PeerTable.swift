import Forwarding
import ICE
import MediaControl
import Primitives
import Transport

/// The peers of a worker, every way in which one is found, and when each is to be called next.
struct PeerTable {
    /// By place; a peer's place is that of its record in `Egress.peers`.
    private var peers: [Peer?] = []
    private(set) var byID: [TransportID: PeerIndex] = [:]
    private(set) var byFragment: [String: PeerIndex] = [:]
    var byPath = PeersByPath()
    private(set) var timers = TimerQueue()
    private var rebindings = RebindingSearch()

    var count: Int { byID.count }

    /// The peer of an index; `nil` where it was removed, though its place may have another by now.
    subscript(index: PeerIndex) -> Peer? {
        let place = Int(index.place)
        guard place < peers.count, let peer = peers[place], peer.index.generation == index.generation else {
            return nil
        }
        return peer
    }

    subscript(id: TransportID) -> Peer? {
        guard let index = byID[id] else { return nil }
        return self[index]
    }

    mutating func insert(_ peer: Peer) {
        let place = Int(peer.index.place)
        while peers.count <= place { peers.append(nil) }
        peers[place] = peer
        byID[peer.transport.id] = peer.index
        byFragment[peer.transport.parameters.localCredentials.usernameFragment] = peer.index
    }

    mutating func remove(_ peer: Peer) {
        byID[peer.transport.id] = nil
        let fragment = peer.transport.parameters.localCredentials.usernameFragment
        if byFragment[fragment] == peer.index { byFragment[fragment] = nil }
        for path in peer.paths where byPath[path] == peer.index { byPath[path] = nil }
        timers.set(nil, for: Int(peer.index.place))
        peers[Int(peer.index.place)] = nil
    }

    /// The peer is addressed by another user name fragment from now on (ICE restart).
    mutating func rename(_ peer: Peer, from old: String, to new: String) {
        byFragment[old] = nil
        byFragment[new] = peer.index
    }

    /// Takes the paths that ICE holds to be valid, and forgets the others.
    mutating func takePaths(of peer: Peer) {
        let validated = peer.transport.validatedPaths
        for path in peer.paths where !validated.contains(path) && byPath[path] == peer.index { byPath[path] = nil }
        peer.paths = validated
    }

    // MARK: - Timers

    /// When the next peer is due; `nil` while none is.
    var nextTimeout: MonotonicInstant? { timers.next }

    /// Sets when the peer is to be called next; `nil` where nothing is awaited.
    mutating func schedule(_ peer: Peer, at deadline: MonotonicInstant?) {
        timers.set(deadline, for: Int(peer.index.place))
    }

    /// Takes one peer that is due; `nil` where none is.
    mutating func popDue(at now: MonotonicInstant) -> Peer? {
        while let place = timers.popDue(at: now) {
            if let peer = peers[place] { return peer }
        }
        return nil
    }

    // MARK: - Rebinding

    /// The first peer that `attempt` recognises among those that are likely; `nil` where there is none, or the search is not
    /// allowed now.
    mutating func search(
        now: MonotonicInstant, isLikely: (Peer) -> Bool, attempt: (Peer) -> Bool
    ) -> Peer? {
        guard rebindings.begin(now: now) else { return nil }
        let found = rebindings.first(of: peers.count) { place in
            guard let peer = peers[place] else { return false }
            return isLikely(peer)
        } attempt: { place in
            guard let peer = peers[place] else { return false }
            return attempt(peer)
        }
        return found.flatMap { peers[$0] }
    }
}
