import Forwarding
import Primitives
import Testing

struct PacketBufferTests {
    private let limits = PacketBuffer.Limits(octets: 1_024, packets: 16)

    private func packet(_ sequence: Int64) -> StoredPacket {
        StoredPacket(
            sequence: sequence, timestamp: UInt32(sequence), arrival: .zero, payloadType: 96, isMarked: false)
    }

    private func insert(_ sequence: Int64, octets: Int, into buffer: PacketBuffer) -> Bool {
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: octets)
        return unsafe buffer.insert(packet(sequence), payload: payload.span) != nil
    }

    private func payload(_ sequence: Int64, in buffer: PacketBuffer) -> [UInt8]? {
        guard let found = unsafe buffer.find(sequence) else { return nil }
        return unsafe Array(UnsafeBufferPointer(start: buffer.payload(of: found), count: found.pointee.payloadCount))
    }

    @Test func whatWasKeptIsFoundAgain() {
        let buffer = PacketBuffer(limits: limits)
        #expect(insert(7, octets: 100, into: buffer))
        #expect(payload(7, in: buffer) == [UInt8](repeating: 7, count: 100))
        #expect(payload(8, in: buffer) == nil)
    }

    @Test func paddingStandsBehindThePayloadAndInNobodyElses() throws {
        let buffer = PacketBuffer(limits: limits)
        for sequence in Int64(1)...3 { #expect(insert(sequence, octets: 100, into: buffer)) }
        let packet = try unsafe #require(buffer.find(2))
        unsafe buffer.pad(packet, to: 107)
        unsafe #expect(packet.pointee.paddingCount == 7 && packet.pointee.payloadCount == 100)
        let padded = unsafe Array(UnsafeBufferPointer(start: buffer.payload(of: packet), count: 107))
        // RFC 3550 section 5.1: the last octet counts itself.
        #expect(padded == [UInt8](repeating: 2, count: 100) + [0, 0, 0, 0, 0, 0, 7])
        #expect(payload(3, in: buffer) == [UInt8](repeating: 3, count: 100))
    }

    @Test func whatWouldTakeTooMuchPaddingStaysAsItIs() throws {
        let buffer = PacketBuffer(limits: limits)
        #expect(insert(1, octets: 100, into: buffer))
        let packet = try unsafe #require(buffer.find(1))
        for octets in [0, 99, 100, 101 + PacketBuffer.maximumPadding] { unsafe buffer.pad(packet, to: octets) }
        unsafe #expect(packet.pointee.paddingCount == 0)
        unsafe buffer.pad(packet, to: 100 + PacketBuffer.maximumPadding)
        unsafe #expect(packet.pointee.paddingCount == PacketBuffer.maximumPadding)
    }

    @Test func aPacketIsKeptOnce() {
        let buffer = PacketBuffer(limits: limits)
        #expect(insert(7, octets: 10, into: buffer))
        #expect(!insert(7, octets: 10, into: buffer))
    }

    @Test func entriesAreBounded() {
        let buffer = PacketBuffer(limits: limits)
        for sequence in Int64(0)..<40 { #expect(insert(sequence, octets: 4, into: buffer)) }
        #expect(payload(23, in: buffer) == nil)
        #expect(payload(24, in: buffer) != nil)
        // Older than what the ring holds: its place is taken by a newer one.
        #expect(!insert(3, octets: 4, into: buffer))
    }

    @Test func octetsAreBoundedAndNeverTorn() {
        let buffer = PacketBuffer(limits: limits)
        for sequence in Int64(0)..<200 {
            #expect(insert(sequence, octets: 1 + Int(sequence) * 37 % 400, into: buffer))
            for older in max(0, sequence - 20)...sequence {
                guard let kept = payload(older, in: buffer) else { continue }
                #expect(kept.allSatisfy { $0 == UInt8(truncatingIfNeeded: older) })
            }
        }
        #expect(payload(199, in: buffer) != nil)
        #expect(payload(190, in: buffer) == nil)
    }

    @Test func oversizedPayloadsAreRefused() {
        let buffer = PacketBuffer(limits: .video)
        #expect(insert(1, octets: PacketBuffer.maximumPayload, into: buffer))
        #expect(!insert(2, octets: PacketBuffer.maximumPayload + 1, into: buffer))
    }
}
