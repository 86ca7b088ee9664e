/// The last packets of one encoding, for retransmission.
struct SentPackets {
    /// The number of kept packets; a power of two.
    static let capacity = 256

    struct Packet {
        var sequence: Int64
        var timestamp: UInt32
        var payloadType: UInt8
        var isMarked: Bool
        var payload: [UInt8]
    }

    private var ring: [Packet?] = []

    /// Keeps a packet in place of the packet `capacity` numbers before.
    mutating func keep(_ packet: Packet) {
        if ring.isEmpty { ring = Array(repeating: nil, count: Self.capacity) }
        ring[Int(packet.sequence) & (Self.capacity - 1)] = packet
    }

    /// The packet with this extended number, if it is still kept.
    func find(_ sequence: Int64) -> Packet? {
        guard !ring.isEmpty, sequence >= 0, let packet = ring[Int(sequence) & (Self.capacity - 1)],
            packet.sequence == sequence
        else { return nil }
        return packet
    }
}
