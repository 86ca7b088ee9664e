/// The packets of one encoding that viewers of one decode target get, numbered without gaps: a packet's number is the publisher's
/// less the packets that were left out before it. So a viewer's numbers have a constant distance from the lane's, whatever is
/// left out.
///
/// A packet that has not come counts as kept, since its layer is unknown: it is sent late, whatever its layer turns out to be, or
/// viewers would ask for it for ever.
package struct Lane: Sendable {
    /// Where a packet stands in the lane: its number, or the one that it would have were it kept, and how many pictures were left out
    /// before its own, wrapping.
    package struct Position: Hashable, Sendable {
        package var number: Int64
        package var pictures: UInt16
    }

    private struct Entry: BitwiseCopyable {
        /// Packets and pictures left out before this one, wrapping.
        var dropped: UInt32 = 0
        var pictures: UInt16 = 0
        var isDropped = false
        var isMarked = false
    }

    package let target: DecodeTarget
    /// Tells apart lanes of the same target that were given up and begun anew with other numbers.
    package let id: UInt32
    /// By the publisher's sequence number.
    private var entries: [Entry]
    /// The first and the highest number of the publisher that was noted.
    private var first: Int64
    package private(set) var highest: Int64
    /// Packets that were left out so far.
    private var dropped: Int64 = 0
    /// Pictures of which every packet that came was left out, wrapping.
    private var pictures: UInt16 = 0
    /// The newest picture, and whether a packet of it was kept or may have been.
    private var picture: (timestamp: UInt32, isKept: Bool)?
    /// Packets noted since anybody was sent one of the lane.
    package private(set) var idleCount = 0

    /// - Parameters:
    ///   - capacity: packets that are remembered; a power of two.
    ///   - next: the publisher's number of the first packet to be noted.
    package init(target: DecodeTarget, id: UInt32, capacity: Int, next: Int64) {
        self.target = target
        self.id = id
        entries = Array(repeating: Entry(), count: capacity)
        first = next
        highest = next &- 1
    }

    private func place(_ sequence: Int64) -> Int { Int(truncatingIfNeeded: sequence) & (entries.count &- 1) }

    /// Notes a packet that has come.
    ///
    /// - Parameter spatialCount: spatial layers that are sent now: the highest of them up to the target's ends the picture.
    package mutating func note(_ packet: borrowing StoredPacket, spatialCount: UInt8) {
        idleCount &+= 1
        let layers = packet.layers
        let isEmpty = packet.payloadCount == 0
        let isMember = !isEmpty && layers.belong(to: target)
        let isLastLayer =
            layers.flags.contains(.ownPicture) || layers.spatial >= min(target.spatial, spatialCount &- 1)
        let endsPicture = layers.flags.contains(.frameEnd) && isLastLayer
        guard packet.sequence > highest else {
            guard isKnown(packet.sequence) else { return }
            // One of a layer that is left out ends no picture of those that are kept.
            let endsOwn = packet.isMarked && (isMember || spatialCount == 1)
            entries[place(packet.sequence)].isMarked = endsOwn || (isMember && endsPicture)
            return
        }
        let isGap = packet.sequence &- highest > 1
        notePicture(packet, isMember: isMember, isGap: isGap)
        let kept = Entry(dropped: UInt32(truncatingIfNeeded: dropped), pictures: pictures)
        if isGap {
            // What is older than the lane remembers is forgotten at once.
            var missing = max(highest &+ 1, packet.sequence &- Int64(entries.count))
            if packet.sequence &- highest > Int64(entries.count) { first = missing }
            while missing < packet.sequence {
                entries[place(missing)] = kept
                missing &+= 1
            }
        }
        entries[place(packet.sequence)] = kept
        highest = packet.sequence
        if isMember {
            entries[place(packet.sequence)].isMarked = packet.isMarked || endsPicture
        } else {
            entries[place(packet.sequence)].isDropped = true
            dropped &+= 1
        }
    }

    private mutating func notePicture(_ packet: borrowing StoredPacket, isMember: Bool, isGap: Bool) {
        // Padding may have any timestamp.
        guard packet.payloadCount > 0, packet.picture.width != .absent, !packet.picture.isReferredTo else { return }
        if let known = picture, known.timestamp == packet.timestamp {
            // A packet missing within a picture may be sent late, and needs its number then.
            if isMember || isGap { picture?.isKept = true }
        } else {
            if let known = picture, !known.isKept { pictures &+= 1 }
            picture = (packet.timestamp, isMember)
        }
    }

    /// The lane is in use.
    package mutating func keep() { idleCount = 0 }

    /// Whether it was out of use for so long that nobody can miss a packet of it any more.
    package var isAbandoned: Bool { idleCount > entries.count }

    private func isKnown(_ sequence: Int64) -> Bool {
        sequence >= first && sequence <= highest && highest &- sequence < Int64(entries.count)
    }

    /// Packets left out before one that is remembered.
    private func dropped(before sequence: Int64) -> Int64 {
        // Those since are fewer than 2^32.
        let since = UInt32(truncatingIfNeeded: dropped) &- entries[place(sequence)].dropped
        return dropped &- Int64(since)
    }

    /// Where a packet stands; `nil` where it has not come or is no longer remembered.
    package func position(of sequence: Int64) -> Position? {
        guard isKnown(sequence) else { return nil }
        return Position(
            number: sequence &- dropped(before: sequence), pictures: entries[place(sequence)].pictures)
    }

    /// A packet as the lane's viewers get it; `nil` where it is left out, or no longer remembered.
    package func view(of packet: borrowing StoredPacket) -> StoredPacket? {
        guard isKnown(packet.sequence) else { return nil }
        let entry = entries[place(packet.sequence)]
        guard !entry.isDropped else { return nil }
        var view = copy packet
        view.number = packet.sequence &- dropped(before: packet.sequence)
        view.isMarked = entry.isMarked
        view.picture.leaveOut(entry.pictures)
        return view
    }

    /// The publisher's number of the packet that has a number in the lane; `nil` where there is none, or it is no longer
    /// remembered.
    package func source(of number: Int64) -> Int64? {
        // Positions rise by one behind each packet that is kept, so the last packet with this position is the kept one.
        var low = max(first, highest &- Int64(entries.count) &+ 1)
        var high = highest
        guard low <= high, low &- dropped(before: low) <= number else { return nil }
        while low < high {
            let middle = high &- (high &- low) / 2
            if middle &- dropped(before: middle) <= number { low = middle } else { high = middle &- 1 }
        }
        guard low &- dropped(before: low) == number, !entries[place(low)].isDropped else { return nil }
        return low
    }
}
