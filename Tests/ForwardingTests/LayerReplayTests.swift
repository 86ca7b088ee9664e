import Primitives
import RTP
import TestSupport
import Testing

@testable import Forwarding

/// Every switch of every capture, replayed: what viewers get has no gap, refers to nothing that they did not get, and ends each
/// picture once.
@Suite struct LayerReplayTests {
    /// All lanes of a capture, noted packet by packet; by the target's raw value.
    private struct Lanes {
        var positions: [[Int64]] = []
        var pictures: [[UInt16]] = []
        var views: [[StoredPacket?]] = []

        init(_ capture: CapturedLayers) {
            for raw in 0..<UInt8(16) {
                var lane = Lane(
                    target: DecodeTarget(spatial: raw / 4, temporal: raw % 4), id: 0, capacity: 1_024,
                    next: capture.packets[0].sequence)
                var positions: [Int64] = []
                var pictures: [UInt16] = []
                var views: [StoredPacket?] = []
                for (index, packet) in capture.packets.enumerated() {
                    lane.note(packet, spatialCount: capture.structures[index].spatialCount)
                    positions.append(lane.position(of: packet.sequence)?.number ?? -1)
                    pictures.append(lane.position(of: packet.sequence)?.pictures ?? 0)
                    let view = lane.view(of: packet)
                    views.append(view)
                    if let view { #expect(lane.source(of: view.number) == packet.sequence) }
                }
                self.positions.append(positions)
                self.pictures.append(pictures)
                self.views.append(views)
            }
        }
    }

    /// Sends a capture to a viewer who wants another target from the packet at `place` on, and checks all that it gets.
    ///
    /// - Returns: the packet at which it got to that target; `nil` where it did not.
    private func replay(
        _ capture: CapturedLayers, _ lanes: Lanes, from first: DecodeTarget, to second: DecodeTarget, at place: Int
    ) -> Int? {
        var current = first
        var arrived: Int?
        var offset: Int64 = 0
        var pictureOffset: UInt16 = 0
        var last: StoredPacket?
        var lastNumber: Int64?
        var lastPicture: UInt16?
        var isEnded = true
        var sent: Set<Int> = []
        for (index, packet) in capture.packets.enumerated() {
            if index >= place, current != second, packet.timestamp != last?.timestamp {
                let chosen = LayerSelector.choose(
                    from: current, towards: second, at: packet, in: capture.structures[index])
                if chosen != current {
                    let (old, new) = (Int(current.rawValue), Int(chosen.rawValue))
                    offset += lanes.positions[old][index] - lanes.positions[new][index]
                    pictureOffset &+= lanes.pictures[new][index] &- lanes.pictures[old][index]
                    current = chosen
                    if current == second { arrived = index }
                }
            }
            guard let view = lanes.views[Int(current.rawValue)][index] else { continue }
            let number = view.number + offset
            #expect(number == (lastNumber ?? number - 1) + 1, "a gap")
            let frame = capture.frames[index]
            for reference in frame.references {
                #expect(sent.contains(reference), "frame \(frame.number) without \(reference)")
            }
            sent.insert(frame.number)
            if let last, last.timestamp != packet.timestamp {
                #expect(Int32(bitPattern: packet.timestamp &- last.timestamp) > 0)
                #expect(isEnded, "a picture without an end before frame \(frame.number)")
                isEnded = false
            } else {
                #expect(last == nil || !isEnded, "more behind the end of a picture")
                if last == nil { isEnded = false }
            }
            if view.picture.width != .absent {
                let picture = view.picture.pictureID &+ pictureOffset
                if view.picture.isReferredTo {
                    // References are distances in this number.
                    #expect(picture == packet.picture.pictureID)
                } else if let lastPicture {
                    #expect(picture == (last?.timestamp == packet.timestamp ? lastPicture : lastPicture &+ 1))
                }
                lastPicture = picture
            }
            if view.isMarked { isEnded = true }
            last = packet
            lastNumber = number
        }
        return arrived
    }

    private func replayAll(_ capture: CapturedLayers, _ targets: [DecodeTarget]) -> Int {
        let lanes = Lanes(capture)
        var arrivals: Set<[Int]> = []
        for first in targets {
            for second in targets where second != first {
                for place in capture.packets.indices where place > 0 {
                    guard let arrived = replay(capture, lanes, from: first, to: second, at: place) else { continue }
                    arrivals.insert([Int(first.rawValue), Int(second.rawValue), arrived])
                }
            }
        }
        return arrivals.count
    }

    /// The switches that the descriptors allow: (frame, from, to).
    private func legalSwitches(_ capture: CapturedLayers, _ targets: [DecodeTarget]) -> Int {
        var count = 0
        for packet in capture.packets where packet.layers.flags.contains(.frameStart) {
            for first in targets {
                for second in targets where second != first {
                    if packet.layers.switches.contains(second), packet.layers.origins.contains(first) { count += 1 }
                }
            }
        }
        return count
    }

    private func kept(_ capture: CapturedLayers, _ targets: [DecodeTarget]) -> [Int] {
        targets.map { target in capture.packets.count { $0.layers.belong(to: target) } }
    }

    @Test(arguments: [CapturedLayers.Source.dependencyDescriptor, .payload])
    func vp9InThreeSpatialLayers(_ source: CapturedLayers.Source) throws {
        let capture = try CapturedLayers("chromium156_vp9_L3T3_KEY", .vp9, by: source)
        let targets = CapturedLayers.targets(spatial: 3, temporal: 3)
        #expect(kept(capture, targets) == [10, 16, 29, 20, 26, 40, 44, 65, 96])
        if source == .dependencyDescriptor { #expect(legalSwitches(capture, targets) == 489) }
        let arrivals = replayAll(capture, targets)
        print("VP9 L3T3_KEY by \(source): \(arrivals) switches")
        #expect(arrivals > 300)
        #expect(capture.structures.map(\.spatialCount).max() == 3)
        #expect((0..<UInt8(3)).map { capture.structures.last?.size(ofLayer: $0)?.width } == [320, 640, 1280])
        #expect(capture.structures.first?.spatialCount == 1)
    }

    @Test(arguments: [CapturedLayers.Source.dependencyDescriptor, .payload])
    func av1InThreeTemporalLayers(_ source: CapturedLayers.Source) throws {
        let capture = try CapturedLayers("chromium156_av1_L1T3", .av1, by: source)
        let targets = CapturedLayers.targets(spatial: 1, temporal: 3)
        #expect(kept(capture, targets) == [51, 87, 150])
        if source == .dependencyDescriptor { #expect(legalSwitches(capture, targets) == 252) }
        let arrivals = replayAll(capture, targets)
        print("AV1 L1T3 by \(source): \(arrivals) switches")
        #expect(arrivals > 100)
    }

    @Test(
        arguments: [CapturedLayers.Source.dependencyDescriptor, .payload],
        [(0, [54, 87, 150], 281), (1, [52, 80, 150], 165), (2, [56, 80, 150], 96)])
    func vp8InThreeTemporalLayers(_ source: CapturedLayers.Source, _ expected: (Int, [Int], Int)) throws {
        let capture = try CapturedLayers("chromium156_vp8_sim", .vp8, encoding: expected.0, by: source)
        let targets = CapturedLayers.targets(spatial: 1, temporal: 3)
        #expect(kept(capture, targets) == expected.1)
        if source == .dependencyDescriptor { #expect(legalSwitches(capture, targets) == expected.2) }
        let arrivals = replayAll(capture, targets)
        print("VP8 L1T3, encoding \(expected.0), by \(source): \(arrivals) switches")
        #expect(arrivals > 60)
    }
}
