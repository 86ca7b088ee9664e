import Primitives

/// What a synthetic publisher writes at the end of each payload, so that a viewer can tell whose packet it is and
/// whether it came whole.
struct PacketIdentity: Equatable {
    static let octets = 24
    private static let magic: UInt32 = 0x464F_5245

    var publisher: UInt32
    /// The encoding's index; 0xFF for sound.
    var layer: UInt8
    var isKeyframe: Bool
    /// Counts from 0 per publisher and encoding.
    var frame: UInt32
    /// The packet's place in its frame.
    var packet: UInt8
    /// Packets of the frame.
    var packetCount: UInt8
    /// When the picture or sound was taken.
    var capturedAt: MonotonicInstant

    static let sound: UInt8 = 0xFF

    func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: Self.magic)
        bytes.append(bigEndian: publisher)
        bytes.append(contentsOf: [layer, isKeyframe ? 1 : 0, packet, packetCount])
        bytes.append(bigEndian: frame)
        bytes.append(bigEndian: UInt64(bitPattern: capturedAt.nanoseconds))
    }

    init(
        publisher: UInt32, layer: UInt8, isKeyframe: Bool, frame: UInt32, packet: UInt8, packetCount: UInt8,
        capturedAt: MonotonicInstant
    ) {
        self.publisher = publisher
        self.layer = layer
        self.isKeyframe = isKeyframe
        self.frame = frame
        self.packet = packet
        self.packetCount = packetCount
        self.capturedAt = capturedAt
    }

    /// Reads the end of a payload; `nil` where it is not one of a synthetic publisher.
    init?(payload: Span<UInt8>) {
        let start = payload.count - Self.octets
        guard start >= 0, (try? payload.uint32(at: start)) == Self.magic,
            let publisher = try? payload.uint32(at: start + 4), let frame = try? payload.uint32(at: start + 12),
            let nanoseconds = try? payload.uint64(at: start + 16)
        else { return nil }
        self.publisher = publisher
        layer = payload[start + 8]
        isKeyframe = payload[start + 9] == 1
        packet = payload[start + 10]
        packetCount = payload[start + 11]
        self.frame = frame
        capturedAt = MonotonicInstant(nanoseconds: Int64(bitPattern: nanoseconds))
    }
}
