import Primitives
import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct LayerSelectorTests {
    /// A VP9 descriptor in flexible mode with layer indices, and one octet of payload.
    private func vp9(
        temporal: UInt8, spatial: UInt8, isPredicted: Bool, isReferenced: Bool, isInterLayer: Bool = false,
        isSwitchingUp: Bool = true, structure: [UInt8] = []
    ) -> [UInt8] {
        var first: UInt8 = 0x80 | 0x20 | 0x10 | 0x08 | 0x04
        if isPredicted { first |= 0x40 }
        if !isReferenced { first |= 0x01 }
        if !structure.isEmpty { first |= 0x02 }
        let layers = temporal << 5 | (isSwitchingUp ? 0x10 : 0) | spatial << 1 | (isInterLayer ? 1 : 0)
        return [first, 0x80, 7, layers] + (isPredicted ? [0x02] : []) + structure + [0]
    }

    private func read(_ payload: [UInt8], with reader: inout LayerReader, timestamp: UInt32) -> StoredPacket {
        let inspection = PayloadInspection(codec: .vp9, payload: payload.span)
        var packet = StoredPacket(
            sequence: 1, timestamp: timestamp, arrival: .zero, payloadType: 98, isMarked: false,
            isKeyframeStart: inspection.isKeyframeStart)
        packet.layers = reader.read(
            payload.span, dependencyDescriptor: nil, payload: payload.span, inspection: inspection, isOpaque: false,
            timestamp: timestamp, isMarked: false, isNewest: true)
        return packet
    }

    /// Three layers without sizes or groups.
    private let threeLayers: [UInt8] = [0x40]

    private func target(_ spatial: UInt8, _ temporal: UInt8) -> DecodeTarget {
        DecodeTarget(spatial: spatial, temporal: temporal)
    }

    @Test func fullSVCGoesDownAtAnyPicture() {
        var reader = LayerReader()
        for spatial in UInt8(0)...2 {
            _ = read(
                vp9(
                    temporal: 0, spatial: spatial, isPredicted: false, isReferenced: spatial < 2,
                    isInterLayer: spatial > 0, structure: spatial == 0 ? threeLayers : []), with: &reader, timestamp: 1)
        }
        let next = read(
            vp9(temporal: 2, spatial: 0, isPredicted: true, isReferenced: true), with: &reader, timestamp: 2)
        let structure = reader.structure
        #expect(
            LayerSelector.choose(from: target(2, 3), towards: target(0, 3), at: next, in: structure) == target(0, 3))
        #expect(
            LayerSelector.choose(from: target(0, 3), towards: target(2, 3), at: next, in: structure) == target(0, 3))
        // All lower layers, always.
        #expect(next.layers.belong(to: target(2, 2)))
    }

    @Test func predictionInKeyframesOnlyGoesDownAtKeyframes() {
        var reader = LayerReader()
        let key = read(
            vp9(temporal: 0, spatial: 0, isPredicted: false, isReferenced: true, structure: threeLayers), with: &reader,
            timestamp: 1)
        let next = read(
            vp9(temporal: 0, spatial: 0, isPredicted: true, isReferenced: false), with: &reader, timestamp: 2)
        let structure = reader.structure
        // The lowest temporal layer alone, until a keyframe comes.
        #expect(
            LayerSelector.choose(from: target(2, 3), towards: target(1, 3), at: next, in: structure) == target(2, 0))
        #expect(LayerSelector.choose(from: target(2, 3), towards: target(1, 3), at: key, in: structure) == target(1, 3))
        // Whoever gets everything has all frames of every target.
        #expect(LayerSelector.choose(from: .everything, towards: target(1, 3), at: next, in: structure) == target(1, 3))
        #expect(LayerSelector.choose(from: target(2, 3), towards: .everything, at: next, in: structure) == target(2, 3))
    }

    /// U of a picture in T1 says nothing to those who have not got T1 so far (RFC 9628 section 4.2).
    @Test func goesUpBehindAPictureOfItsOwn() {
        var reader = LayerReader()
        for temporal: UInt8 in [0, 2, 1] {
            _ = read(
                vp9(temporal: temporal, spatial: 0, isPredicted: temporal > 0, isReferenced: false), with: &reader,
                timestamp: UInt32(temporal))
        }
        func choose(_ temporal: UInt8, isSwitchingUp: Bool = true) -> DecodeTarget {
            let packet = read(
                vp9(
                    temporal: temporal, spatial: 0, isPredicted: true, isReferenced: false, isSwitchingUp: isSwitchingUp
                ),
                with: &reader, timestamp: 9)
            return LayerSelector.choose(from: target(0, 0), towards: .everything, at: packet, in: reader.structure)
        }
        #expect(choose(0) == .everything)
        #expect(choose(0, isSwitchingUp: false) == target(0, 0))
        #expect(choose(1) == target(0, 0))
        #expect(choose(2) == target(0, 0))
    }

    /// VP8 without a structure of its own: T1 at a synchronized picture of T1, then T2 at one of T2.
    @Test func vp8ClimbsLayerByLayer() {
        var structure = LayerStructure()
        structure.noteTemporal(2)
        func packet(_ temporal: UInt8, isSync: Bool) -> StoredPacket {
            StoredPacket(
                sequence: 1, timestamp: 1, arrival: .zero, payloadType: 96, isMarked: true,
                layers: PacketLayers(
                    members: DecodeTargets { $0.temporal >= temporal }, temporal: temporal,
                    flags: isSync ? [.frameStart, .layerSync] : [.frameStart]))
        }
        func choose(from temporal: UInt8, at packet: StoredPacket) -> DecodeTarget {
            LayerSelector.choose(from: target(0, temporal), towards: .everything, at: packet, in: structure)
        }
        #expect(choose(from: 0, at: packet(2, isSync: true)) == target(0, 0))
        #expect(choose(from: 0, at: packet(1, isSync: false)) == target(0, 0))
        #expect(choose(from: 0, at: packet(1, isSync: true)) == target(0, 1))
        #expect(choose(from: 1, at: packet(2, isSync: false)) == target(0, 1))
        #expect(choose(from: 1, at: packet(2, isSync: true)) == .everything)
        #expect(choose(from: 2, at: packet(0, isSync: false)) == .everything)
    }

    @Test func targetsOfWhatIsSent() {
        var structure = LayerStructure()
        #expect(!structure.isLayered)
        #expect(structure.target(spatial: 7, temporal: 7) == .everything)
        structure.noteTemporal(2)
        #expect(structure.target(spatial: 7, temporal: 7) == .everything)
        #expect(structure.target(spatial: 7, temporal: 2) == .everything)
        #expect(structure.target(spatial: 7, temporal: 1) == target(0, 1))
        structure.setSpatialCount(2)
        // Who wants the third of two layers gets the second.
        #expect(structure.target(spatial: 7, temporal: 7) == target(1, 3))
        #expect(structure.target(spatial: 0, temporal: 0) == target(0, 0))
    }
}
