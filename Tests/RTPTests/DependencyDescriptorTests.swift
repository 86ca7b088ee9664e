import Primitives
import TestSupport
import Testing

@testable import RTP

/// The dependency descriptors of real browsers, against what an independent decoder read in them.
@Suite struct DependencyDescriptorTests {
    struct Expected: Decodable {
        struct Structure: Decodable {
            struct Template: Decodable {
                var spatial: UInt8
                var temporal: UInt8
                var dtis: String
                var fdiffs: [UInt16]
                var chain_fdiffs: [UInt8]?
            }
            var template_id_offset: Int
            var dt_cnt: Int
            var templates: [Template]
            var chain_cnt: Int
            var protected_by: [UInt8]?
            var resolutions: [[UInt16]]?
        }
        var start_of_frame: Int
        var end_of_frame: Int
        var frame_number: UInt16
        var structure: Structure?
        var active_decode_targets_bitmask: UInt32?
        var spatial_id: UInt8
        var temporal_id: UInt8
        var dtis: String
        var fdiffs: [UInt16]
        var chain_fdiffs: [UInt8]?
    }

    struct File: Decodable {
        struct Packet: Decodable {
            struct Expect: Decodable {
                struct Header: Decodable { var ssrc: UInt32 }
                struct Extensions: Decodable { var dd: String? }
                var header: Header
                var ext: Extensions
                var dd: Expected?
            }
            enum CodingKeys: String, CodingKey { case codec, rtp, expect }
            var expect: Expect?

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                // Retransmissions come from a source of their own, which sends no structure.
                guard values.contains(.rtp), try values.decodeIfPresent(String.self, forKey: .codec) != "rtx" else {
                    return
                }
                expect = try values.decode(Expect.self, forKey: .expect)
            }
        }
        var packets: [Packet]
    }

    private func text(_ indications: DecodeTargetIndications, _ count: Int) -> String {
        (0..<count).map { index in
            switch indications[index] {
            case .notPresent: "-"
            case .discardable: "D"
            case .switchPoint: "S"
            case .required: "R"
            }
        }.joined()
    }

    private func numbers(_ distances: FrameDistances) -> [UInt16] { (0..<distances.count).map { distances[$0] } }
    private func numbers(_ chains: ChainDistances) -> [UInt8] { (0..<chains.count).map { chains[$0] } }

    private func check(_ structure: DependencyStructure, _ expected: Expected.Structure) {
        #expect(structure.firstTemplateID == expected.template_id_offset)
        #expect(structure.targets.count == expected.dt_cnt)
        #expect(structure.chainCount == expected.chain_cnt)
        #expect(structure.targets.map(\.chain) == expected.protected_by ?? Array(repeating: 0, count: expected.dt_cnt))
        #expect(structure.sizes.map { [$0.width, $0.height] } == expected.resolutions ?? [])
        #expect(structure.templates.count == expected.templates.count)
        for (template, wanted) in zip(structure.templates, expected.templates) {
            #expect(template.spatial == wanted.spatial && template.temporal == wanted.temporal)
            #expect(text(template.indications, expected.dt_cnt) == wanted.dtis)
            #expect(numbers(template.references) == wanted.fdiffs)
            #expect(numbers(template.chains) == wanted.chain_fdiffs ?? [])
        }
    }

    @Test(
        arguments: [
            ("chromium156_vp9_L3T3_KEY", 150, UInt32(511)), ("chromium156_av1_L1T3", 150, 7),
            ("chromium156_vp8_sim", 450, 7),
        ])
    func matchesWhatBrowsersSend(_ name: String, _ count: Int, _ active: UInt32) throws {
        // A structure belongs to a source: simulcast has several.
        var readers: [UInt32: DependencyDescriptorReader] = [:]
        var read = 0
        for packet in try Fixture.json("captures/\(name).json", as: File.self).packets {
            guard let expect = packet.expect, let expected = expect.dd,
                let octets = expect.ext.dd.flatMap([UInt8].init(hexadecimal:))
            else { continue }
            var reader = readers[expect.header.ssrc] ?? DependencyDescriptorReader()
            let descriptor = try reader.read(octets.span)
            readers[expect.header.ssrc] = reader
            read += 1
            #expect(descriptor.isFrameStart == (expected.start_of_frame == 1))
            #expect(descriptor.isFrameEnd == (expected.end_of_frame == 1))
            #expect(descriptor.frameNumber == expected.frame_number)
            #expect(descriptor.bringsStructure == (expected.structure != nil))
            #expect(descriptor.spatial == expected.spatial_id && descriptor.temporal == expected.temporal_id)
            #expect(text(descriptor.indications, expected.dtis.count) == expected.dtis)
            #expect(numbers(descriptor.references) == expected.fdiffs)
            #expect(numbers(descriptor.chains) == expected.chain_fdiffs ?? [])
            if let mask = expected.active_decode_targets_bitmask { #expect(reader.activeTargets == mask) }
            if let structure = expected.structure { check(try #require(reader.structure), structure) }
        }
        #expect(read == count)
        #expect(readers.values.allSatisfy { $0.activeTargets == active })
    }

    private static let structure: [UInt8] =
        [UInt8](
            hexadecimal:
                "c00001c0081485214eaaaaa8000600004000100002aa80a8000600004000100002a000a800060000400016d549241b5524906d5"
                + "4923157e001974ca864330e222396eca8655304224390eca87753013f00b3027f016704ff02cf0380") ?? []

    private func read(
        _ octets: [UInt8], with reader: inout DependencyDescriptorReader, isNewest: Bool = true
    ) throws -> DependencyDescriptor { try reader.read(octets.span, isNewest: isNewest) }

    @Test func layersOfTargets() throws {
        var reader = DependencyDescriptorReader()
        _ = try read(Self.structure, with: &reader)
        let structure = try #require(reader.structure)
        #expect(structure.spatialLayerCount == 3)
        #expect(structure.targets.map(\.spatial) == [0, 0, 0, 1, 1, 1, 2, 2, 2])
        #expect(structure.targets.map(\.temporal) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
    }

    /// Only the targets of the lowest spatial layer are active, and the frame shows 0 for the chains of the others.
    @Test func inactiveChainsSayNothing() throws {
        var reader = DependencyDescriptorReader()
        let key = try read(Self.structure, with: &reader)
        let structure = try #require(reader.structure)
        #expect(reader.activeTargets == 7)
        #expect(key.distance(inChain: 0, of: structure, active: reader.activeTargets) == 0)
        #expect(key.distance(inChain: 1, of: structure, active: reader.activeTargets) == nil)
        #expect(key.distance(inChain: 1, of: structure, active: 63) == 0)
        #expect(key.distance(inChain: 3, of: structure, active: 511) == nil)
    }

    @Test func refusesWhatItCannotRead() throws {
        var reader = DependencyDescriptorReader()
        #expect(throws: DependencyDescriptorError.noStructure) { try read([0xC3, 0, 4], with: &reader) }
        for count in 0..<Self.structure.count - 1 {
            #expect(throws: DependencyDescriptorError.self) { try read(Array(Self.structure[..<count]), with: &reader) }
        }
        #expect(reader.structure == nil)
        _ = try read(Self.structure, with: &reader)
        #expect(throws: DependencyDescriptorError.unknownTemplate(15, count: 15)) {
            try read([0xCF, 0, 4], with: &reader)
        }
        // custom_fdiffs_flag, then nine distances of four bits.
        var bits = "00010"
        for _ in 0..<9 { bits += "010000" }
        bits += "00"
        let nine = [0xC3, 0, 4] + Self.octets(bits)
        #expect(throws: DependencyDescriptorError.tooManyReferences) { try read(nine, with: &reader) }
        // What was known stays.
        #expect(try read([0xC3, 0, 4], with: &reader).references[0] == 3)
    }

    @Test func refusesMoreLayersThanThereAre() {
        var reader = DependencyDescriptorReader()
        // A structure whose templates climb to a fifth spatial layer, and to a ninth temporal one.
        for step in ["10", "01"] {
            let bits = "10000" + "000000" + "00000" + String(repeating: step, count: 8)
            #expect(throws: DependencyDescriptorError.tooManyLayers) {
                try read([0xC0, 0, 1] + Self.octets(bits), with: &reader)
            }
        }
        let bits = "10000" + "000000" + "00000" + String(repeating: "00", count: 70)
        #expect(throws: DependencyDescriptorError.tooManyTemplates) {
            try read([0xC0, 0, 1] + Self.octets(bits), with: &reader)
        }
    }

    @Test func aLateStructureReplacesNoNewerOne() throws {
        var reader = DependencyDescriptorReader()
        _ = try read(Self.structure, with: &reader)
        // The same with all targets active, from before.
        let late = [0x80, 0, 0, 0x80] + Self.structure[4..<Self.structure.count - 3] + [0x02, 0xCF]
        let descriptor = try? read(late, with: &reader, isNewest: false)
        #expect(descriptor?.bringsStructure == false)
        #expect(reader.activeTargets == 7)
        // But that of a later frame holds, though packets behind it came before.
        let later = [0x80, 0, 6, 0x80] + Self.structure[4..<Self.structure.count - 3] + [0x02, 0xCF]
        let kept = try? read(later, with: &reader, isNewest: false)
        #expect(kept?.bringsStructure == true)
        #expect(reader.activeTargets == 511)
        let before = try? read(late, with: &reader, isNewest: false)
        #expect(before?.bringsStructure == false)
        #expect(reader.activeTargets == 511)
    }

    /// Bits, written as text, as octets with zeros behind.
    private static func octets(_ bits: String) -> [UInt8] {
        var octets: [UInt8] = []
        for (index, bit) in bits.enumerated() {
            if index % 8 == 0 { octets.append(0) }
            if bit == "1" { octets[index / 8] |= 0x80 >> UInt8(index % 8) }
        }
        return octets
    }
}
