import Primitives
import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct LaneTests {
    /// Pictures of one packet in the order T0 T2 T1 T2, as VP8 in three temporal layers.
    private func packet(_ sequence: Int64, octets: Int = 100) -> StoredPacket {
        let temporal: UInt8 = [0, 2, 1, 2][Int(sequence % 4)]
        var packet = StoredPacket(
            sequence: sequence, timestamp: UInt32(truncatingIfNeeded: sequence) &* 3_000, arrival: .zero,
            payloadType: 96, isMarked: true,
            picture: PictureNumbers(width: .long, pictureID: UInt16(truncatingIfNeeded: sequence)),
            layers: PacketLayers(
                members: DecodeTargets { $0.temporal >= temporal }, temporal: temporal, flags: [.frameStart, .frameEnd])
        )
        packet.payloadCount = octets
        return packet
    }

    private func lane(temporal: UInt8, from next: Int64, capacity: Int = 64) -> Lane {
        Lane(target: DecodeTarget(spatial: 0, temporal: temporal), id: 0, capacity: capacity, next: next)
    }

    @Test func closesOverWhatIsLeftOut() throws {
        var lane = lane(temporal: 0, from: 1_000)
        var numbers: [Int64] = []
        var pictures: [UInt16] = []
        for sequence in Int64(1_000)..<1_040 {
            lane.note(packet(sequence), spatialCount: 1)
            guard let view = lane.view(of: packet(sequence)) else { continue }
            #expect(view.isMarked)
            numbers.append(view.number)
            pictures.append(view.picture.pictureID)
            #expect(lane.source(of: view.number) == sequence)
        }
        #expect(numbers == Array(1_000..<1_010))
        #expect(pictures == Array(1_000..<1_010))
        #expect(lane.source(of: 1_010) == nil)
        #expect(lane.source(of: 999) == nil)
    }

    /// Whatever layer a lost packet had, it has a number, and has it still when it comes.
    @Test func keepsAGapAndFillsItLate() throws {
        var lane = lane(temporal: 0, from: 1_000)
        let lost: Set<Int64> = [1_005, 1_006, 1_012, 1_019]
        var numbers: [Int64: Int64] = [:]
        for sequence in Int64(1_000)..<1_024 where !lost.contains(sequence) {
            lane.note(packet(sequence), spatialCount: 1)
            numbers[sequence] = lane.view(of: packet(sequence))?.number
        }
        for sequence in lost {
            lane.note(packet(sequence), spatialCount: 1)
            let view = try #require(lane.view(of: packet(sequence)))
            #expect(view.isMarked)
            numbers[sequence] = view.number
            #expect(lane.source(of: view.number) == sequence)
        }
        let inOrder = numbers.sorted { $0.key < $1.key }.map(\.value)
        #expect(inOrder == Array(1_000..<(1_000 + Int64(inOrder.count))))
        // Six pictures of T0, of which 1012 was lost first, and three of other layers.
        #expect(inOrder.count == 9)
    }

    @Test func dropsPaddingAndClosesOverIt() throws {
        var lane = lane(temporal: 1, from: 1_000)
        for sequence in Int64(1_000)..<1_008 { lane.note(packet(sequence), spatialCount: 1) }
        let before = try #require(lane.position(of: 1_007)).number
        lane.note(packet(1_008, octets: 0), spatialCount: 1)
        #expect(lane.view(of: packet(1_008, octets: 0)) == nil)
        lane.note(packet(1_010), spatialCount: 1)
        // 1009 is missing and has a number.
        #expect(lane.view(of: packet(1_010))?.number == before + 1)
    }

    @Test func forgetsWhatIsOld() {
        var lane = lane(temporal: 0, from: 1_000, capacity: 16)
        for sequence in Int64(1_000)..<1_100 { lane.note(packet(sequence), spatialCount: 1) }
        #expect(lane.position(of: 1_083) == nil)
        #expect(lane.position(of: 1_084) != nil)
        #expect(lane.view(of: packet(1_080)) == nil)
        let oldest = lane.position(of: 1_084)?.number ?? 0
        #expect(lane.source(of: oldest) == 1_084)
        #expect(lane.source(of: oldest - 1) == nil)
    }

    @Test func survivesALeap() throws {
        var lane = lane(temporal: 0, from: 1_000, capacity: 16)
        for sequence in Int64(1_000)..<1_008 { lane.note(packet(sequence), spatialCount: 1) }
        let before = try #require(lane.position(of: 1_007)).number
        lane.note(packet(5_000), spatialCount: 1)
        #expect(lane.view(of: packet(5_000))?.number == before + 5_000 - 1_008)
        #expect(lane.source(of: before + 5_000 - 1_008) == 5_000)
        #expect(lane.source(of: before + 4_999 - 1_008) == 4_999)
        #expect(lane.source(of: before) == nil)
        // Late beyond what is remembered.
        lane.note(packet(1_009), spatialCount: 1)
        #expect(lane.view(of: packet(1_009)) == nil)
    }

    /// Seeded loss and restoring, against the plain count of packets left out.
    @Test func numbersNeverRepeat() {
        var generator = SeededGenerator(seed: 7)
        for temporal in UInt8(0)...2 {
            var lane = lane(temporal: temporal, from: 4, capacity: 256)
            var given: [Int64: Int64] = [:]
            var late: [(due: Int64, sequence: Int64)] = []
            for sequence in Int64(4)..<4_000 {
                for entry in late where entry.due == sequence {
                    lane.note(packet(entry.sequence), spatialCount: 1)
                    if let view = lane.view(of: packet(entry.sequence)) {
                        #expect(given.updateValue(entry.sequence, forKey: view.number) == nil)
                    }
                }
                late.removeAll { $0.due == sequence }
                if Int.random(in: 0..<50, using: &generator) == 0 {
                    late.append((sequence + Int64.random(in: 1..<100, using: &generator), sequence))
                    continue
                }
                lane.note(packet(sequence), spatialCount: 1)
                guard let view = lane.view(of: packet(sequence)) else { continue }
                #expect(given.updateValue(sequence, forKey: view.number) == nil)
                #expect(lane.source(of: view.number) == sequence)
            }
            // Nothing is missing but what has not come yet, or never will have had a number.
            let numbers = given.keys.sorted()
            let gaps = zip(numbers, numbers.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0 - 1) }
            #expect(gaps <= Int64(late.count) + 2)
        }
    }

    /// S1 of a picture of three spatial layers: the marker goes to the last packet of what the lane gets. Of AV1 every layer's frame is
    /// a picture of its own.
    @Test(arguments: [false, true]) func endsThePictureOfItsViewers(isOwnPicture: Bool) throws {
        func layer(_ sequence: Int64, _ spatial: UInt8, isEnd: Bool, isMarked: Bool = false) -> StoredPacket {
            var flags: PacketLayers.Flags = isOwnPicture ? .ownPicture : []
            if isEnd { flags.insert(.frameEnd) }
            var packet = StoredPacket(
                sequence: sequence, timestamp: 9_000, arrival: .zero, payloadType: 98, isMarked: isMarked,
                layers: PacketLayers(
                    members: DecodeTargets { $0.spatial >= spatial }, spatial: spatial,
                    flags: flags))
            packet.payloadCount = 10
            return packet
        }
        let picture = [
            layer(5, 0, isEnd: false), layer(6, 0, isEnd: true), layer(7, 1, isEnd: false), layer(8, 1, isEnd: true),
            layer(9, 2, isEnd: true, isMarked: true),
        ]
        for (spatial, last) in [(UInt8(0), Int64(6)), (1, 8), (2, 9)] {
            var lane = Lane(target: DecodeTarget(spatial: spatial, temporal: 3), id: 0, capacity: 16, next: 5)
            for packet in picture { lane.note(packet, spatialCount: 3) }
            let marked = picture.compactMap { lane.view(of: $0) }.filter(\.isMarked).map(\.sequence)
            #expect(marked == (isOwnPicture ? [6, 8, 9].filter { $0 <= last } : [last]))
        }
    }
}
