import RTP

/// The newest frames of a source with dependency descriptors: in which targets each was, which tells whose viewers have what a
/// later frame refers to.
struct DependencyFrames: Sendable {
    /// Frames that are remembered. References reach no further back than that of browsers; a frame that refers further counts as
    /// one whose references nobody has.
    static let capacity = 256

    private struct Frame {
        var number: UInt16
        var members: DecodeTargets
    }

    private var reader = DependencyDescriptorReader()
    private var frames: [Frame?] = Array(repeating: nil, count: capacity)
    /// For each of our targets the structure's, by place.
    private var places: InlineArray<16, Int8> = .init(repeating: -1)

    /// Reads one packet's descriptor; `nil` where it is unreadable.
    mutating func read(
        _ octets: Span<UInt8>, isNewest: Bool, structure: inout LayerStructure
    ) -> PacketLayers? {
        guard let descriptor = try? reader.read(octets, isNewest: isNewest) else { return nil }
        if isNewest || descriptor.bringsStructure, let sent = reader.structure {
            if descriptor.bringsStructure { take(sent, &structure) }
            noteActive(sent, &structure)
        }
        let places = places
        func indication(_ target: DecodeTarget) -> DecodeTargetIndication {
            let place = Int(places[Int(target.rawValue)])
            return place < 0 ? .notPresent : descriptor.indications[place]
        }
        let members = DecodeTargets { indication($0) != .notPresent }
        let origins = origins(of: descriptor)
        frames[Int(descriptor.frameNumber) % Self.capacity] = Frame(number: descriptor.frameNumber, members: members)
        var flags: PacketLayers.Flags = []
        if descriptor.isFrameStart { flags.insert(.frameStart) }
        if descriptor.isFrameEnd { flags.insert(.frameEnd) }
        return PacketLayers(
            members: members, switches: DecodeTargets { indication($0) == .switchPoint }, origins: origins,
            spatial: descriptor.spatial, temporal: descriptor.temporal, flags: flags)
    }

    private func origins(of descriptor: DependencyDescriptor) -> DecodeTargets {
        var origins = DecodeTargets.all
        for index in 0..<descriptor.references.count {
            let number = descriptor.frameNumber &- descriptor.references[index]
            guard let frame = frames[Int(number) % Self.capacity], frame.number == number else { return .none }
            origins.formIntersection(frame.members)
        }
        return origins
    }

    /// Finds for each of our targets the structure's largest that goes no further.
    private mutating func take(_ sent: DependencyStructure, _ structure: inout LayerStructure) {
        var places = InlineArray<16, Int8>(repeating: -1)
        var subsets = InlineArray<16, DecodeTargets>(repeating: .none)
        func isBelow(_ place: Int, _ target: DecodeTarget) -> Bool {
            sent.targets[place].spatial <= target.spatial && min(sent.targets[place].temporal, 3) <= target.temporal
        }
        func isHigher(_ place: Int, than other: Int) -> Bool {
            (sent.targets[place].spatial, sent.targets[place].temporal)
                > (sent.targets[other].spatial, sent.targets[other].temporal)
        }
        for raw in 0..<places.count {
            let target = DecodeTarget(
                spatial: UInt8(raw) / DecodeTarget.layers, temporal: UInt8(raw) % DecodeTarget.layers)
            for place in sent.targets.indices where isBelow(place, target) {
                if places[raw] < 0 || isHigher(place, than: Int(places[raw])) { places[raw] = Int8(place) }
            }
        }
        for raw in 0..<places.count where places[raw] >= 0 {
            subsets[raw] = DecodeTargets { other in
                let place = Int(places[Int(other.rawValue)])
                guard place >= 0 else { return false }
                return sent.templates.allSatisfy {
                    $0.indications[place] == .notPresent || $0.indications[Int(places[raw])] != .notPresent
                }
            }
        }
        self.places = places
        structure.subsets = subsets
        for layer in 0..<Int(DecodeTarget.layers) {
            structure.setSize(layer < sent.sizes.count ? sent.sizes[layer] : nil, ofLayer: layer)
        }
    }

    private func noteActive(_ sent: DependencyStructure, _ structure: inout LayerStructure) {
        var spatial = 0
        for place in sent.targets.indices where reader.activeTargets &>> UInt32(place) & 1 == 1 {
            spatial = max(spatial, Int(sent.targets[place].spatial))
            structure.noteTemporal(sent.targets[place].temporal)
        }
        structure.setSpatialCount(spatial &+ 1)
    }
}
