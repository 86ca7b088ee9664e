import Primitives
import RTP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct LayerReaderTests {
    private struct File: Decodable {
        struct Packet: Decodable {
            var codec: String?
            var rtp: String?
        }
        var packets: [Packet]
    }

    private func packets() throws -> [(Codec, [UInt8])] {
        let codecs: [String: Codec] = ["vp8": .vp8, "vp9": .vp9, "av1": .av1]
        return try ["chromium156_vp9_L3T3_KEY", "chromium156_av1_L1T3", "chromium156_vp8_sim"].flatMap { name in
            try Fixture.json("captures/\(name).json", as: File.self).packets.compactMap { packet in
                guard let codec = packet.codec.flatMap({ codecs[$0] }),
                    let octets = packet.rtp.flatMap([UInt8].init(hexadecimal:))
                else { return nil }
                return (codec, octets)
            }
        }
    }

    /// Real packets with octets changed, through one reader and all lanes: whatever comes, nothing traps, and numbers stay
    /// numbers of packets that came.
    @Test func anythingMayCome() throws {
        var map = HeaderExtensionMap()
        map[.dependencyDescriptor] = 12
        let lookup = HeaderExtensionLookup(map)
        var generator = SeededGenerator(seed: 11)
        let corpus = try packets()
        var reader = LayerReader()
        var lanes = (0..<UInt8(16)).map {
            Lane(target: DecodeTarget(spatial: $0 / 4, temporal: $0 % 4), id: 0, capacity: 64, next: 0)
        }
        var sequence: Int64 = 65_536
        for _ in 0..<6_000 {
            var (codec, octets) = corpus[Int.random(in: 0..<corpus.count, using: &generator)]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                octets[Int.random(in: 0..<octets.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            guard let header = try? RTPHeader(parsing: octets.span) else { continue }
            let extensions = ReceivedExtensions(parsing: octets.span, header: header, lookup: lookup)
            let payload = Array(octets[header.payloadRange])
            let inspection = PayloadInspection(codec: codec, payload: payload.span)
            sequence += Int64.random(in: -20...40, using: &generator)
            var packet = StoredPacket(
                sequence: sequence, timestamp: header.timestamp, arrival: .zero, payloadType: 96,
                isMarked: header.isMarker, isKeyframeStart: inspection.isKeyframeStart)
            packet.payloadCount = payload.count
            packet.layers = reader.read(
                octets.span, dependencyDescriptor: extensions.dependencyDescriptor, payload: payload.span,
                inspection: inspection, isOpaque: false, timestamp: header.timestamp, isMarked: header.isMarker,
                isNewest: Bool.random(using: &generator))
            #expect((1...4).contains(reader.structure.spatialCount))
            #expect((1...4).contains(reader.structure.temporalCount))
            for index in lanes.indices {
                lanes[index].note(packet, spatialCount: reader.structure.spatialCount)
                guard let view = lanes[index].view(of: packet) else { continue }
                #expect(lanes[index].source(of: view.number) == sequence)
            }
            let targets = lanes.map(\.target) + [.everything]
            _ = LayerSelector.choose(
                from: targets[Int.random(in: 0...16, using: &generator)],
                towards: targets[Int.random(in: 0...16, using: &generator)], at: packet, in: reader.structure)
        }
    }

    /// Receivers of AV1 decode each layer's frame for itself; those of VP9 and VP8 put a picture's frames together.
    @Test func framesOfAV1WithDependencyDescriptorsAreTheirOwnPictures() throws {
        var map = HeaderExtensionMap()
        map[.dependencyDescriptor] = 12
        let lookup = HeaderExtensionLookup(map)
        var readers: [Codec: LayerReader] = [:]
        for (codec, octets) in try packets() {
            let header = try RTPHeader(parsing: octets.span)
            let extensions = ReceivedExtensions(parsing: octets.span, header: header, lookup: lookup)
            let payload = Array(octets[header.payloadRange])
            let layers = readers[codec, default: LayerReader()].read(
                octets.span, dependencyDescriptor: extensions.dependencyDescriptor, payload: payload.span,
                inspection: PayloadInspection(codec: codec, payload: payload.span), isOpaque: false,
                timestamp: header.timestamp, isMarked: header.isMarker, isNewest: true)
            #expect(layers.flags.contains(.ownPicture) == (codec == .av1))
        }
        #expect(readers.count == 3)
    }

    /// What is encrypted is not read: only the descriptors that are in clear.
    @Test func encryptedAV1HasNoLayers() throws {
        var reader = LayerReader()
        for (codec, octets) in try packets() where codec == .av1 {
            let header = try RTPHeader(parsing: octets.span)
            let payload = Array(octets[header.payloadRange])
            let layers = reader.read(
                octets.span, dependencyDescriptor: nil, payload: payload.span,
                inspection: PayloadInspection(codec: codec, payload: payload.span), isOpaque: true,
                timestamp: header.timestamp, isMarked: header.isMarker, isNewest: true)
            #expect(layers == PacketLayers())
        }
        #expect(!reader.structure.isLayered)
    }
}
