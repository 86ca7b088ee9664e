import Primitives

/// What waits until a TCP connection takes it: datagrams, each preceded by its length (RFC 4571), at most
/// `TCPLimits.maximumQueue` octets.
///
/// Sans-IO. A datagram of which the connection has taken a part must follow whole; the others can be dropped.
package struct TCPSendQueue {
    /// Datagrams that came within this time have one entry in `marks`.
    private static let markInterval = Duration.milliseconds(10)
    /// Octets that have left are removed from the front of the buffer when there are so many.
    private static let compaction = 64 * 1_024

    /// What waits, from `start` on.
    private var octets: [UInt8] = []
    private var start = 0
    /// Octets of the first datagram that must follow those that have left.
    private var begun = 0
    /// Octets that were ever removed in front of `octets`, so that `marks` stay right.
    private var removed = 0
    /// When octets came: those up to `end`, counted since the beginning.
    private var marks: [(end: Int, at: MonotonicInstant)] = []
    /// How many of `marks` are over.
    private var pastMarks = 0

    package init() {}

    /// Octets that wait.
    package var count: Int { octets.count &- start }

    package var isEmpty: Bool { octets.count == start }

    /// When the oldest octet that waits came; `nil` while none waits.
    package var waitingSince: MonotonicInstant? { isEmpty || pastMarks >= marks.count ? nil : marks[pastMarks].at }

    /// Appends a datagram.
    ///
    /// - Returns: `false`, with nothing changed, where the queue has no room for it.
    package mutating func append(_ datagram: UnsafeBufferPointer<UInt8>, now: MonotonicInstant) -> Bool {
        let total = datagram.count &+ TCPFrameReader.headerCount
        guard datagram.count <= Int(UInt16.max), count &+ total <= TCPLimits.maximumQueue else { return false }
        octets.append(UInt8(truncatingIfNeeded: datagram.count &>> 8))
        octets.append(UInt8(truncatingIfNeeded: datagram.count))
        unsafe octets.append(contentsOf: datagram)
        let end = removed &+ octets.count
        if pastMarks < marks.count, let last = marks.last, now - last.at < Self.markInterval {
            marks[marks.count - 1].end = end
        } else {
            marks.append((end, now))
        }
        return true
    }

    /// Hands all that waits to `body`, which returns how many octets have left of it.
    package mutating func write(_ body: (UnsafeRawBufferPointer) -> Int) {
        let taken = unsafe octets.withUnsafeBytes { all in
            unsafe body(UnsafeRawBufferPointer(rebasing: all[start...]))
        }
        consume(min(max(taken, 0), count))
    }

    private mutating func consume(_ taken: Int) {
        var left = taken
        while left > 0 {
            // Datagrams are appended whole, so the length of one that begins is there.
            if begun == 0 { begun = TCPFrameReader.headerCount &+ Int(octets[start]) &<< 8 &+ Int(octets[start &+ 1]) }
            let part = min(left, begun)
            start &+= part
            begun &-= part
            left &-= part
        }
        while pastMarks < marks.count, marks[pastMarks].end <= removed &+ start { pastMarks &+= 1 }
        compact()
    }

    private mutating func compact() {
        if isEmpty {
            removed &+= octets.count
            octets.removeAll(keepingCapacity: octets.capacity <= Self.compaction)
            start = 0
            marks.removeAll(keepingCapacity: true)
            pastMarks = 0
        } else if start >= Self.compaction {
            removed &+= start
            octets.removeFirst(start)
            start = 0
            marks.removeFirst(pastMarks)
            pastMarks = 0
        }
    }

    /// Drops every datagram of which nothing has left.
    ///
    /// - Returns: their number.
    package mutating func dropWaiting() -> Int {
        var dropped = 0
        var place = start &+ begun
        while place < octets.count {
            place &+= TCPFrameReader.headerCount &+ Int(octets[place]) &<< 8 &+ Int(octets[place &+ 1])
            dropped &+= 1
        }
        octets.removeLast(octets.count &- (start &+ begun))
        let end = removed &+ octets.count
        // What is left came with the oldest.
        if let first = pastMarks < marks.count ? marks[pastMarks] : nil, !isEmpty {
            marks = [(end, first.at)]
            pastMarks = 0
        } else {
            compact()
        }
        return dropped
    }
}
