// The lanes of an encoding: what is left of its packets for viewers who get less than everything.
extension PublishedEncoding {
    /// Notes a packet that was stored, in every lane.
    func noteInLanes(_ packet: borrowing StoredPacket) {
        guard !lanes.isEmpty else { return }
        for index in lanes.indices {
            noteInLane(packet, at: index)
        }
        removeLanes { $0.isAbandoned }
    }

    /// Sees to it that a lane is there: its packets are numbered from the oldest on that is kept.
    ///
    /// - Returns: which of the target's lanes it is; 0 for everything, which has none.
    @discardableResult
    package func keepLane(_ target: DecodeTarget) -> UInt32 {
        guard !target.isEverything else { return 0 }
        if let index = laneIndex(target) {
            keepLane(at: index)
            return lanes[index].id
        }
        return addLane(target)
    }

    func laneIndex(_ target: DecodeTarget) -> Int? { lanes.firstIndex { $0.target == target } }

    /// A packet as the viewers of a target get it; `nil` where it is left out.
    func view(of packet: borrowing StoredPacket, in target: DecodeTarget) -> StoredPacket? {
        guard !target.isEverything else { return copy packet }
        guard let index = laneIndex(target) else { return nil }
        return lanes[index].view(of: packet)
    }

    /// A packet with the numbers that it has, or would have, in a lane.
    func placed(_ packet: borrowing StoredPacket, in target: DecodeTarget) -> StoredPacket {
        var placed = copy packet
        guard let position = position(of: packet.sequence, in: target) else { return placed }
        placed.number = position.number
        placed.picture.leaveOut(position.pictures)
        return placed
    }

    /// The packets that wait, as the viewers of a target get them; valid until the next call.
    package func pending(in target: DecodeTarget) -> [PendingPacket] {
        guard !target.isEverything else { return unsafe pending }
        guard let index = laneIndex(target) else { return unsafe [] }
        keepLane(at: index)
        return unsafe makeViews { lanes[index].view(of: $0) }
    }

    /// Where a packet stands in a lane; `nil` where that is not known any more.
    func position(of sequence: Int64, in target: DecodeTarget) -> Lane.Position? {
        guard !target.isEverything else { return Lane.Position(number: sequence, pictures: 0) }
        guard let index = laneIndex(target) else { return nil }
        return lanes[index].position(of: sequence)
    }

    /// The packet that had a number in a segment, as its viewers got it; `nil` where it is not kept any more.
    package func packet(
        numbered number: Int64, in segment: StreamRewriter.Segment
    ) -> (stored: UnsafeMutablePointer<StoredPacket>, view: StoredPacket)? {
        guard !segment.lane.isEverything else {
            return unsafe buffer.find(number).map { unsafe ($0, $0.pointee) }
        }
        guard let index = laneIndex(segment.lane), lanes[index].id == segment.laneID,
            let sequence = lanes[index].source(of: number), let stored = unsafe buffer.find(sequence),
            let view = unsafe lanes[index].view(of: stored.pointee)
        else { return nil }
        return unsafe (stored, view)
    }
}
