import Primitives

/// The packets of one encoding as they came, for forwarding and for every subscriber's retransmissions.
///
/// One copy per received packet, none per subscriber. A ring of octets bounds the memory and a ring of entries the
/// count; both are allocated with the first packet, so a publish section that is never used costs nothing. Confined to
/// its worker's thread. The storage is raw memory, because the sealer encrypts straight out of it.
// Safe to use: every position is masked into the ring, and the memory lives as long as the buffer.
@safe package final class PacketBuffer {
    /// How much one encoding's buffer holds.
    package struct Limits: Hashable, Sendable {
        /// Octets of payload kept; a power of two.
        package var octets: Int
        /// Packets kept; a power of two.
        package var packets: Int

        package init(octets: Int, packets: Int) {
            self.octets = octets
            self.packets = packets
        }

        /// 10 s of video at 1.6 Mbit/s, 5 s at 3 Mbit/s.
        package static let video = Limits(octets: 1 << 21, packets: 1 << 11)
        /// 5 s of Opus at 20 ms.
        package static let audio = Limits(octets: 1 << 16, packets: 1 << 8)
    }

    /// Payloads above this are not stored. An RTP packet of 1,472 octets fills a datagram on a link of 1,500 (IPv4), and 12 of
    /// them are header. With a longer header and the SRTP tag it may take two fragments to a viewer, which the kernel makes.
    package static let maximumPayload = 1_460

    /// Octets that a packet is padded by at most: browsers' pictures differ by one, and by a few in the first packet.
    package static let maximumPadding = 32

    private let limits: Limits
    /// Packets that are kept at most.
    package var capacity: Int { limits.packets }
    private var octets: UnsafeMutablePointer<UInt8>?
    private var entries: UnsafeMutablePointer<StoredPacket>?
    /// Octets ever written, gaps at the ring's end included.
    private var written: Int64 = 0
    /// The highest sequence number stored; -1 before the first packet.
    package private(set) var highest: Int64 = -1

    package init(limits: Limits) {
        self.limits = limits
    }

    deinit {
        unsafe octets?.deallocate()
        unsafe entries?.deallocate()
    }

    /// Keeps a copy of `payload` with what is known of its packet.
    ///
    /// - Returns: the stored packet, valid until the buffer wraps; `nil` where the packet is there already, is older
    ///   than what the buffer keeps, or is larger than `maximumPayload`.
    package func insert(_ packet: StoredPacket, payload: Span<UInt8>) -> UnsafeMutablePointer<StoredPacket>? {
        guard payload.count <= Self.maximumPayload, packet.sequence >= 0 else { return nil }
        let (octets, entries) = unsafe storage()
        let entry = unsafe entries + Int(truncatingIfNeeded: packet.sequence) & (limits.packets - 1)
        guard unsafe entry.pointee.sequence < packet.sequence else { return nil }
        var start = Int(truncatingIfNeeded: written) & (limits.octets - 1)
        let count = payload.count + Self.maximumPadding
        if start + count > limits.octets {
            written += Int64(limits.octets - start)
            start = 0
        }
        unsafe entry.pointee = packet
        unsafe entry.pointee.position = written
        unsafe entry.pointee.payloadCount = payload.count
        unsafe payload.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { unsafe (octets + start).update(from: base, count: source.count) }
        }
        written += Int64(count)
        highest = max(highest, packet.sequence)
        return unsafe entry
    }

    /// Pads a packet that `insert` or `find` has just given to `octets` of payload, where that takes no more than
    /// `maximumPadding`.
    ///
    /// - Returns: whether it was padded.
    @discardableResult
    package func pad(_ packet: UnsafeMutablePointer<StoredPacket>, to octets: Int) -> Bool {
        let padding = unsafe octets - packet.pointee.payloadCount
        guard padding > 0, padding <= Self.maximumPadding else { return false }
        let end = unsafe payload(of: packet) + packet.pointee.payloadCount
        unsafe end.update(repeating: 0, count: padding - 1)
        unsafe end[padding - 1] = UInt8(padding)
        unsafe packet.pointee.paddingCount = padding
        return true
    }

    /// The stored packet with this extended sequence number; `nil` where it is not, or no longer, kept.
    package func find(_ sequence: Int64) -> UnsafeMutablePointer<StoredPacket>? {
        guard let entries = unsafe entries, sequence >= 0 else { return nil }
        let entry = unsafe entries + Int(truncatingIfNeeded: sequence) & (limits.packets - 1)
        guard unsafe entry.pointee.sequence == sequence else { return nil }
        guard unsafe written - entry.pointee.position <= Int64(limits.octets) else { return nil }
        return unsafe entry
    }

    /// The least step, in ticks, from the timestamp of a packet that is kept to another one of the next; 0 where there is none.
    package func leastStep(
        from first: UnsafeMutablePointer<StoredPacket>, to last: UnsafeMutablePointer<StoredPacket>
    ) -> UInt32 {
        var least: UInt32 = 0
        var timestamp = unsafe first.pointee.timestamp
        var sequence = unsafe first.pointee.sequence
        while unsafe sequence <= last.pointee.sequence {
            defer { sequence &+= 1 }
            guard let packet = unsafe find(sequence) else { continue }
            // Back, where pictures are sent in another order than they are shown.
            let step = unsafe Int32(bitPattern: packet.pointee.timestamp &- timestamp).magnitude
            if step > 0 { least = least == 0 ? step : min(least, step) }
            unsafe timestamp = packet.pointee.timestamp
        }
        return least
    }

    /// Where the payload of a packet that `insert` or `find` has just given begins.
    package func payload(of packet: UnsafeMutablePointer<StoredPacket>) -> UnsafeMutablePointer<UInt8> {
        let (octets, _) = unsafe storage()
        return unsafe octets + Int(truncatingIfNeeded: packet.pointee.position) & (limits.octets - 1)
    }

    private func storage() -> (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<StoredPacket>) {
        if let octets = unsafe octets, let entries = unsafe entries { return unsafe (octets, entries) }
        let newOctets = UnsafeMutablePointer<UInt8>.allocate(capacity: limits.octets)
        let newEntries = UnsafeMutablePointer<StoredPacket>.allocate(capacity: limits.packets)
        let empty = StoredPacket(sequence: -1, timestamp: 0, arrival: .zero, payloadType: 0, isMarked: false)
        unsafe newEntries.initialize(repeating: empty, count: limits.packets)
        unsafe octets = newOctets
        unsafe entries = newEntries
        return unsafe (newOctets, newEntries)
    }
}
