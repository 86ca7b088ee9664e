import Primitives

/// Datagrams that wait to be sent, one behind the other in one array that is used again: a busy client allocates
/// nothing for them.
struct OutboundDatagrams {
    private struct Entry {
        var offset: Int
        var count: Int
        var path: NetworkPath
    }

    private var octets: [UInt8] = []
    private var entries: [Entry] = []
    private var head = 0

    var isEmpty: Bool { head == entries.count }

    /// Appends a copy.
    mutating func append(_ datagram: [UInt8], on path: NetworkPath) {
        entries.append(Entry(offset: octets.count, count: datagram.count, path: path))
        octets.append(contentsOf: datagram)
    }

    /// Appends a copy that `protect` changes in place: it gets the octets with `spare` octets of room behind them, and
    /// says how many count, or `nil` for none at all.
    mutating func append(
        _ datagram: [UInt8], spare: Int, on path: NetworkPath,
        protect: (UnsafeMutableRawBufferPointer, Int) -> Int?
    ) -> Bool {
        let offset = octets.count
        octets.append(contentsOf: datagram)
        octets.append(contentsOf: repeatElement(0, count: spare))
        let room = datagram.count + spare
        let count = unsafe octets.withUnsafeMutableBytes { all in
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: all[offset..<offset + room])
            return unsafe protect(place, datagram.count)
        }
        guard let count, count <= room else {
            octets.removeLast(room)
            return false
        }
        octets.removeLast(room - count)
        entries.append(Entry(offset: offset, count: count, path: path))
        return true
    }

    /// Takes the oldest as a copy.
    mutating func popFirst() -> (octets: [UInt8], path: NetworkPath)? {
        guard head < entries.count else { return nil }
        let entry = entries[head]
        let copy = Array(octets[entry.offset..<entry.offset + entry.count])
        head += 1
        if head == entries.count { removeAll() }
        return (copy, entry.path)
    }

    /// Hands out every datagram in order, without a copy, and forgets them.
    mutating func drain(_ body: (UnsafeRawBufferPointer, NetworkPath) -> Void) {
        unsafe octets.withUnsafeBytes { all in
            for entry in entries[head...] {
                let datagram = unsafe UnsafeRawBufferPointer(rebasing: all[entry.offset..<entry.offset + entry.count])
                unsafe body(datagram, entry.path)
            }
        }
        removeAll()
    }

    private mutating func removeAll() {
        octets.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
        head = 0
    }
}
