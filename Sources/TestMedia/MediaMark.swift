import COpus

/// A mark that a measuring sender appends to encoded media, where no decoder reads it. It names the sender and the
/// packet, so that a receiver finds the packet's send time although servers rewrite sequence numbers and timestamps.
///
/// In a VP8 frame the mark is after the data of the last partition, which decoders do not read. In an Opus packet it
/// takes the place of padding, which decoders ignore (RFC 6716 section 3.2.5). Servers forward both as payload. The
/// last packet of each video frame and every audio packet end with a mark.
package struct MediaMark: Equatable, Sendable {
    /// Octets on the wire.
    package static let count = 28
    private static let magic: [UInt8] = Array("FsM1".utf8)

    /// The number of the stream, unique among all senders.
    package var source: UInt32
    /// The packet's number in its stream, from 0, without wrapping.
    package var packet: UInt32
    /// The frame's number in the clip; 0 is a keyframe.
    package var frame: UInt16
    /// The number of packets of the frame, of which this is the last.
    package var packetsInFrame: UInt16
    /// When the packet was handed to the socket, in nanoseconds of the sender's monotonic clock.
    package var sentAtNanoseconds: Int64

    package init(
        source: UInt32, packet: UInt32, frame: UInt16, packetsInFrame: UInt16 = 1, sentAtNanoseconds: Int64
    ) {
        self.source = source
        self.packet = packet
        self.frame = frame
        self.packetsInFrame = packetsInFrame
        self.sentAtNanoseconds = sentAtNanoseconds
    }

    /// The mark as octets.
    package var octets: [UInt8] {
        var octets = Self.magic
        octets.reserveCapacity(Self.count)
        func put(_ value: some FixedWidthInteger) {
            for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
                octets.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        put(source)
        put(packet)
        put(frame)
        put(packetsInFrame)
        put(sentAtNanoseconds)
        put(Self.hash(octets.span))
        return octets
    }

    /// Reads the mark at the end of a payload; `nil` if there is none.
    package init?(endOf payload: Span<UInt8>) {
        guard payload.count >= Self.count else { return nil }
        let start = payload.count - Self.count
        for index in 0..<4 where payload[start + index] != Self.magic[index] { return nil }
        func take(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(UInt64(0)) { $0 &<< 8 | UInt64(payload[start + offset + $1]) }
        }
        source = UInt32(truncatingIfNeeded: take(4, 4))
        packet = UInt32(truncatingIfNeeded: take(8, 4))
        frame = UInt16(truncatingIfNeeded: take(12, 2))
        packetsInFrame = UInt16(truncatingIfNeeded: take(14, 2))
        sentAtNanoseconds = Int64(bitPattern: take(16, 8))
        let marked = payload.extracting(start..<start + 24)
        guard Self.hash(marked) == UInt32(truncatingIfNeeded: take(24, 4)) else { return nil }
    }

    /// FNV-1a, to distinguish a mark from media that looks like one.
    private static func hash(_ octets: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in octets.indices { hash = (hash ^ UInt32(octets[index])) &* 16_777_619 }
        return hash
    }

    /// Pads an Opus packet with space for a mark; its last `count` octets may then have any value.
    package static func roomInOpus(_ packet: [UInt8]) -> [UInt8] {
        var padded = packet
        // A padded packet of one frame has a frame count octet and padding lengths in addition.
        let length = packet.count + count + 3
        padded.append(contentsOf: repeatElement(0, count: length - packet.count))
        let outcome = unsafe padded.withUnsafeMutableBufferPointer { octets -> Int32 in
            guard let start = octets.baseAddress else { return -1 }
            return unsafe fs_opus_pad(start, Int32(clamping: packet.count), Int32(clamping: length))
        }
        return outcome == 0 ? padded : packet
    }

    /// Overwrites the end of a payload that has space for a mark.
    package func write(toEndOf payload: inout [UInt8]) {
        guard payload.count >= Self.count else { return }
        payload.replaceSubrange((payload.count - Self.count)..., with: octets)
    }
}
