/// The template dependency structure of a stream (RTP Payload Format For AV1, appendix A.8.2): its layers, its decode targets and
/// chains, and the templates that frames refer to. It comes with keyframes and holds until the next one.
package struct DependencyStructure: Sendable, Equatable {
    /// What most frames of a layer have in common; a frame may replace each part but the layers.
    package struct Template: Sendable, Equatable, BitwiseCopyable {
        package var spatial: UInt8
        package var temporal: UInt8
        package var indications = DecodeTargetIndications()
        package var references = FrameDistances()
        package var chains = ChainDistances()
    }

    /// A decode target: the frames that are needed for a quality, named by its highest layers.
    package struct Target: Sendable, Equatable, BitwiseCopyable {
        /// The highest layers among its templates.
        package var spatial: UInt8 = 0
        package var temporal: UInt8 = 0
        /// The chain that protects it; 0 where there are no chains.
        package var chain: UInt8 = 0
    }

    /// `frame_dependency_template_id` has six bits.
    package static let maximumTemplates = 64
    /// `dt_cnt_minus_one` has five bits.
    package static let maximumTargets = 32
    package static let maximumSpatialLayers = 4
    package static let maximumTemporalLayers = 8

    /// `template_id_offset`: the id of the first template.
    package private(set) var firstTemplateID = 0
    package private(set) var templates: [Template] = []
    package private(set) var targets: [Target] = []
    package private(set) var chainCount = 0
    /// The largest picture of each spatial layer; empty where the structure tells none.
    package private(set) var sizes: [PictureSize] = []

    package var spatialLayerCount: Int { Int(templates.last?.spatial ?? 0) &+ 1 }

    /// A bit for each decode target.
    package var allTargets: UInt32 { UInt32(truncatingIfNeeded: UInt64(1) &<< UInt64(targets.count) &- 1) }

    /// Reads the structure that `cursor` stands at.
    init(
        _ cursor: inout DependencyCursor, in octets: Span<UInt8>
    ) throws(DependencyDescriptorError) {
        firstTemplateID = Int(try cursor.bits(6, in: octets))
        let targetCount = Int(try cursor.bits(5, in: octets)) &+ 1
        targets = Array(repeating: Target(), count: targetCount)
        try readLayers(&cursor, in: octets)
        for index in templates.indices {
            templates[index].indications = try DecodeTargetIndications(&cursor, count: targetCount, in: octets)
        }
        for index in templates.indices {
            while try cursor.bits(1, in: octets) == 1 {
                try templates[index].references.append(cursor.bits(4, in: octets) &+ 1)
            }
        }
        try readChains(&cursor, in: octets)
        noteTargetLayers()
        guard try cursor.bits(1, in: octets) == 1 else { return }
        for _ in 0..<spatialLayerCount {
            // "minus 1": a width of 65,536 does not fit and becomes 0, which no picture has.
            let width = try cursor.bits(16, in: octets) &+ 1
            let height = try cursor.bits(16, in: octets) &+ 1
            sizes.append(
                PictureSize(width: UInt16(truncatingIfNeeded: width), height: UInt16(truncatingIfNeeded: height)))
        }
    }

    private mutating func readLayers(
        _ cursor: inout DependencyCursor, in octets: Span<UInt8>
    ) throws(DependencyDescriptorError) {
        var spatial = 0
        var temporal = 0
        while true {
            guard templates.count < Self.maximumTemplates else { throw .tooManyTemplates }
            templates.append(Template(spatial: UInt8(spatial), temporal: UInt8(temporal)))
            switch try cursor.bits(2, in: octets) {
            case 0: break
            case 1: temporal += 1
            case 2:
                temporal = 0
                spatial += 1
            default: return
            }
            guard spatial < Self.maximumSpatialLayers, temporal < Self.maximumTemporalLayers else {
                throw .tooManyLayers
            }
        }
    }

    private mutating func readChains(
        _ cursor: inout DependencyCursor, in octets: Span<UInt8>
    ) throws(DependencyDescriptorError) {
        chainCount = try cursor.nonSymmetric(below: targets.count &+ 1, in: octets)
        guard chainCount > 0 else { return }
        for index in targets.indices {
            targets[index].chain = UInt8(try cursor.nonSymmetric(below: chainCount, in: octets))
        }
        for index in templates.indices {
            for _ in 0..<chainCount { try templates[index].chains.append(cursor.bits(4, in: octets)) }
        }
    }

    /// Appendix A.8.3: a target's layers are the highest of the templates that are present in it.
    private mutating func noteTargetLayers() {
        for index in targets.indices {
            for template in templates where template.indications[index] != .notPresent {
                targets[index].spatial = max(targets[index].spatial, template.spatial)
                targets[index].temporal = max(targets[index].temporal, template.temporal)
            }
        }
    }
}
