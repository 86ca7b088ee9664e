import Primitives

/// Datagrams that wait to be sent, concatenated in one reused array, so that a busy client allocates nothing for them.
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

    /// Appends a copy that `protect` changes in place. `protect` gets the octets followed by `spare` free octets, and
    /// returns the length of the result, or `nil` to append nothing.
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

    /// Removes and returns a copy of the oldest.
    mutating func popFirst() -> (octets: [UInt8], path: NetworkPath)? {
        guard head < entries.count else { return nil }
        let entry = entries[head]
        let copy = Array(octets[entry.offset..<entry.offset + entry.count])
        head += 1
        if head == entries.count { removeAll() }
        return (copy, entry.path)
    }

    /// Passes every datagram to `body` in order, without a copy, and removes them.
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
