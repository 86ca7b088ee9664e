import Primitives
import RTP
import TestSupport
import Testing

@testable import Forwarding

/// A video stream of Tests/Fixtures/captures as the router stores it, and what an independent decoder read of its dependencies.
struct CapturedLayers {
    /// What the packets' layers are read from.
    enum Source: Sendable {
        case dependencyDescriptor
        /// The codec's payload descriptor or OBU headers; VP8's are written anew, as browsers write them where they send no
        /// dependency descriptor.
        case payload
    }

    struct Frame {
        var number: Int
        var references: [Int]
        var temporal: UInt8
    }

    private struct File: Decodable {
        struct Packet: Decodable {
            struct Dependencies: Decodable {
                var frame_number: Int
                var fdiffs: [Int]
                var temporal_id: UInt8
            }
            struct Expect: Decodable { var dd: Dependencies? }
            enum CodingKeys: String, CodingKey { case codec, rtp, expect, len }
            var codec: String?
            var rtp: String?
            var len: Int?
            var expect: Expect?

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                codec = try values.decodeIfPresent(String.self, forKey: .codec)
                rtp = try values.decodeIfPresent(String.self, forKey: .rtp)
                len = try values.decodeIfPresent(Int.self, forKey: .len)
                if codec == "vp8" || codec == "vp9" || codec == "av1" {
                    expect = try values.decode(Expect.self, forKey: .expect)
                }
            }
        }
        var packets: [Packet]
    }

    private(set) var packets: [StoredPacket] = []
    /// The frame of each packet.
    private(set) var frames: [Frame] = []
    /// What was known of the encoding's layers at each packet.
    private(set) var structures: [LayerStructure] = []

    /// - Parameter encoding: of the SSRCs in the order in which they begin.
    init(_ name: String, _ codec: Codec, encoding: Int = 0, by source: Source) throws {
        var map = HeaderExtensionMap()
        map[.dependencyDescriptor] = 12
        let lookup = HeaderExtensionLookup(map)
        var reader = LayerReader()
        var sources: [UInt32] = []
        var highest: Int64 = -1
        let wanted = codec == .vp8 ? "vp8" : codec == .vp9 ? "vp9" : "av1"
        for packet in try Fixture.json("captures/\(name).json", as: File.self).packets where packet.codec == wanted {
            var octets = try #require(packet.rtp.flatMap([UInt8].init(hexadecimal:)))
            octets += Array(repeating: 0, count: max(0, (packet.len ?? 0) - octets.count))
            let dependencies = try #require(packet.expect?.dd)
            let header = try RTPHeader(parsing: octets.span)
            if !sources.contains(header.ssrc.rawValue) { sources.append(header.ssrc.rawValue) }
            guard sources.firstIndex(of: header.ssrc.rawValue) == encoding else { continue }
            let number = dependencies.frame_number
            let frame = Frame(
                number: number, references: dependencies.fdiffs.map { number - $0 }, temporal: dependencies.temporal_id)
            var payload = Array(octets[header.payloadRange])
            if codec == .vp8, source == .payload { payload = rewritten(payload, frame) }
            let extended = Int64(65_536) + Int64(header.sequenceNumber)
            var stored = StoredPacket(
                sequence: extended, timestamp: header.timestamp, arrival: .zero, payloadType: 96,
                isMarked: header.isMarker)
            let inspection = PayloadInspection(codec: codec, payload: payload.span)
            #expect(!inspection.isMalformed)
            stored.isKeyframeStart = inspection.isKeyframeStart
            stored.payloadCount = payload.count
            if let picture = inspection.vp9?.pictureID ?? inspection.vp8?.pictureID {
                stored.picture = PictureNumbers(
                    width: .long, pictureID: picture.value, isReferredTo: codec == .vp9)
            }
            let extensions = ReceivedExtensions(parsing: octets.span, header: header, lookup: lookup)
            stored.layers = reader.read(
                octets.span,
                dependencyDescriptor: source == .dependencyDescriptor ? extensions.dependencyDescriptor : nil,
                payload: payload.span, inspection: inspection, isOpaque: false, timestamp: header.timestamp,
                isMarked: header.isMarker, isNewest: extended > highest)
            highest = max(highest, extended)
            packets.append(stored)
            frames.append(frame)
            structures.append(reader.structure)
        }
    }

    /// A VP8 payload with PictureID, TL0PICIDX, TID and Y in front, in place of a descriptor of one octet.
    private func rewritten(_ payload: [UInt8], _ frame: Frame) -> [UInt8] {
        let pictures = Set(frames.map(\.number) + [frame.number]).count
        let lowest = Set(frames.filter { $0.temporal == 0 }.map(\.number)).count
        // Y: it refers to the lowest layer alone.
        let referenced = frames.filter { frame.references.contains($0.number) }
        let isSync = frame.temporal > 0 && referenced.allSatisfy { $0.temporal == 0 }
        return [
            payload[0] | 0x80, 0xE0, 0x80 | UInt8(pictures >> 8), UInt8(pictures & 0xFF), UInt8(lowest & 0xFF),
            frame.temporal << 6 | (isSync ? 0x20 : 0),
        ] + payload[1...]
    }

    /// All targets with these many layers, in order.
    static func targets(spatial: UInt8, temporal: UInt8) -> [DecodeTarget] {
        (0..<spatial).flatMap { layer in (0..<temporal).map { DecodeTarget(spatial: layer, temporal: $0) } }
    }
}
