import Primitives

/// DTLS datagrams that wait for their turn: a handshake step costs up to a millisecond, so a worker does few per turn.
struct HandshakeQueue {
    struct Entry {
        var peer: TransportID
        var datagram: [UInt8]
        var path: NetworkPath
    }

    /// Datagrams kept per peer, so that one peer cannot fill the queue: two flights of a browser.
    static let maximumPerPeer = 8

    private var entries: [Entry] = []
    private var head = 0
    private var countByPeer: [TransportID: Int] = [:]
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { head == entries.count }

    /// Appends a datagram.
    ///
    /// - Returns: whether it was taken; `false` where the queue, or the share of its peer, is full.
    mutating func append(_ entry: Entry) -> Bool {
        let queued = countByPeer[entry.peer, default: 0]
        guard entries.count - head < limit, queued < Self.maximumPerPeer else { return false }
        countByPeer[entry.peer] = queued + 1
        entries.append(entry)
        return true
    }

    /// Takes the oldest.
    mutating func popFirst() -> Entry? {
        guard head < entries.count else { return nil }
        let entry = entries[head]
        head += 1
        let queued = countByPeer[entry.peer, default: 1] - 1
        countByPeer[entry.peer] = queued > 0 ? queued : nil
        if head == entries.count || head > 256 {
            entries.removeSubrange(..<head)
            head = 0
        }
        return entry
    }
}
