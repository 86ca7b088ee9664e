import Primitives

/// Where the last keyframe of an encoding lies in its buffer and what has come since, so that a viewer can begin to
/// decode without a new one.
///
/// Counts only: the packets themselves are those of the buffer that serves retransmissions.
package struct KeyframeCache: Sendable {
    /// Payload of a group that is sent to a viewer at once, without asking for a keyframe: 0.8 s of video at 2.5 Mbit/s.
    /// A longer one costs viewers' links more than a new keyframe does.
    package static let promptOctets = 256 * 1_024
    /// Runs longer than this are never sent: the buffer might lose their beginning meanwhile.
    package static let maximumOctets = PacketBuffer.Limits.video.octets * 3 / 4
    package static let maximumPackets = PacketBuffer.Limits.video.packets * 3 / 4
    /// Packets that may have come before the keyframe they belong to.
    private static let reorderingWindow: Int64 = 64

    /// A keyframe and everything that came after it: the group of pictures, as far as it has come.
    package struct Group: Equatable, Sendable {
        /// The keyframe's first packet.
        package var first: Int64
        /// The highest that came.
        package var highest: Int64
        /// Packets from `first` on that came.
        package var packets: Int
        /// Octets of their payload.
        package var octets: Int
        /// Octets of the keyframe's payload.
        package var keyframeOctets: Int
        /// The keyframe's.
        fileprivate var timestamp: UInt32

        /// Packets from `first` to `highest` that did not come.
        package var missing: Int { Int(highest &- first) &+ 1 &- packets }
    }

    private var group: Group?
    /// When the last keyframe began to arrive; `nil` before the first.
    package private(set) var lastKeyframe: MonotonicInstant?

    /// Octets of the last keyframe's payload, as far as it has come; 0 before the first.
    package var keyframeOctets: Int { group?.keyframeOctets ?? 0 }

    package init() {}

    /// Forgets the group; called when the gate closes, since later packets do not continue it.
    package mutating func reset() { group = nil }

    /// Notes a packet that was stored in `buffer`.
    package mutating func note(_ packet: borrowing StoredPacket, in buffer: PacketBuffer) {
        if packet.isKeyframeStart { noteKeyframe(packet, in: buffer) } else { append(packet, in: buffer) }
    }

    private mutating func append(_ packet: borrowing StoredPacket, in buffer: PacketBuffer) {
        guard let known = group, packet.sequence > known.first else { return }
        group?.packets &+= 1
        group?.octets &+= packet.payloadCount
        if packet.timestamp == known.timestamp { group?.keyframeOctets &+= packet.payloadCount }
        group?.highest = buffer.highest
    }

    private mutating func noteKeyframe(_ packet: borrowing StoredPacket, in buffer: PacketBuffer) {
        if let known = group {
            // Parameter sets and slices of one picture all begin it; the first of them counts.
            if known.timestamp == packet.timestamp {
                guard packet.sequence < known.first else { return append(packet, in: buffer) }
            } else {
                guard packet.sequence > known.first else { return }
                lastKeyframe = packet.arrival
            }
        } else {
            lastKeyframe = packet.arrival
        }
        var begun = Group(
            first: packet.sequence, highest: buffer.highest, packets: 1, octets: packet.payloadCount,
            keyframeOctets: packet.payloadCount, timestamp: packet.timestamp)
        // Some of what follows may have come before.
        var sequence = packet.sequence &+ 1
        while sequence <= buffer.highest, sequence &- packet.sequence <= Self.reorderingWindow {
            if let stored = unsafe buffer.find(sequence) {
                begun.packets &+= 1
                begun.octets &+= unsafe stored.pointee.payloadCount
                if unsafe stored.pointee.timestamp == packet.timestamp {
                    begun.keyframeOctets &+= unsafe stored.pointee.payloadCount
                }
            }
            sequence &+= 1
        }
        group = begun
    }

    /// The group from the last keyframe on, where all of it can be sent.
    ///
    /// - Parameter awaited: packets of the encoding that were asked for again and may still come.
    package func group(in buffer: PacketBuffer, awaited: Int) -> Group? {
        guard let group, group.octets <= Self.maximumOctets, group.highest &- group.first < Int64(Self.maximumPackets),
            group.missing <= awaited, unsafe buffer.find(group.first) != nil
        else { return nil }
        return group
    }
}
