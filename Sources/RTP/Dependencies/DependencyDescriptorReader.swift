/// Reads the descriptors of one source (SSRC), whose structure it keeps: most packets only name a template of it.
package struct DependencyDescriptorReader: Sendable {
    /// The newest structure; `nil` before the first.
    package private(set) var structure: DependencyStructure?
    /// The number of the frame that it came with.
    private var structureFrame: UInt16 = 0
    /// A bit for each decode target that is sent now: all of them until a descriptor says otherwise.
    package private(set) var activeTargets: UInt32 = 0

    package init() {}

    /// Reads the descriptor of one packet.
    ///
    /// - Parameters:
    ///   - octets: the header extension element's data.
    ///   - isNewest: whether no later packet of the source has come: only then its active targets are kept. A structure is kept also
    ///     where it comes late, if none of a later frame is known: without it the frames that follow cannot be read.
    /// - Throws: where it is unreadable; what was known stays.
    package mutating func read(
        _ octets: Span<UInt8>, isNewest: Bool = true
    ) throws(DependencyDescriptorError) -> DependencyDescriptor {
        var cursor = DependencyCursor(octets: octets.count)
        let isFrameStart = try cursor.bits(1, in: octets) == 1
        let isFrameEnd = try cursor.bits(1, in: octets) == 1
        let templateID = Int(try cursor.bits(6, in: octets))
        let frameNumber = UInt16(truncatingIfNeeded: try cursor.bits(16, in: octets))
        // Three octets have no further fields (A.8.1).
        let flags = octets.count > 3 ? try cursor.bits(5, in: octets) : 0
        var sent: DependencyStructure?
        if flags & 0x10 != 0 { sent = try DependencyStructure(&cursor, in: octets) }
        guard let structure = sent ?? structure else { throw .noStructure }
        var active = sent?.allTargets ?? activeTargets
        // The last target's bit comes first, as in a number.
        if flags & 0x08 != 0 { active = try cursor.bits(structure.targets.count, in: octets) }

        let index =
            (templateID &+ DependencyStructure.maximumTemplates &- structure.firstTemplateID)
            % DependencyStructure.maximumTemplates
        guard index < structure.templates.count else {
            throw .unknownTemplate(index, count: structure.templates.count)
        }
        let template = structure.templates[index]
        var indications = template.indications
        if flags & 0x04 != 0 {
            indications = try DecodeTargetIndications(&cursor, count: structure.targets.count, in: octets)
        }
        var references = template.references
        if flags & 0x02 != 0 { references = try Self.distances(&cursor, in: octets) }
        var chains = template.chains
        if flags & 0x01 != 0 {
            chains = ChainDistances()
            for _ in 0..<structure.chainCount { chains.append(try cursor.bits(8, in: octets)) }
        }
        let isNewer = isNewest || self.structure == nil || Int16(bitPattern: frameNumber &- structureFrame) > 0
        let isStructureKept = sent != nil && isNewer
        if isStructureKept, let sent {
            self.structure = sent
            structureFrame = frameNumber
        }
        if isNewest || isStructureKept { activeTargets = active }
        return DependencyDescriptor(
            isFrameStart: isFrameStart, isFrameEnd: isFrameEnd, frameNumber: frameNumber,
            bringsStructure: isStructureKept,
            spatial: template.spatial, temporal: template.temporal, indications: indications, references: references,
            chains: chains)
    }

    /// `frame_fdiffs`: each distance has 4, 8 or 12 bits.
    private static func distances(
        _ cursor: inout DependencyCursor, in octets: Span<UInt8>
    ) throws(DependencyDescriptorError) -> FrameDistances {
        var distances = FrameDistances()
        while true {
            let size = try cursor.bits(2, in: octets)
            guard size > 0 else { return distances }
            try distances.append(cursor.bits(4 &* Int(size), in: octets) &+ 1)
        }
    }
}
