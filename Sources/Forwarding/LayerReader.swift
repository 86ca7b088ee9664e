import RTP

/// Finds out which layers a source's packets belong to: by the dependency descriptor where one comes, else by the codec's own
/// payload descriptor. A packet whose layers are unknown belongs to all targets, and nobody switches at it.
package struct LayerReader: Sendable {
    package private(set) var structure = LayerStructure()
    private var dependencies: DependencyFrames?
    /// The temporal layer of the newest AV1 picture, for its packets in which no OBU begins.
    private var av1: (timestamp: UInt32, temporal: UInt8)?
    /// The timestamp of the newest scalability structure of VP9.
    private var structureTimestamp: UInt32?

    package init() {}

    /// Reads one packet.
    ///
    /// - Parameters:
    ///   - bytes: the packet in clear, and in it the position of its dependency descriptor.
    ///   - payload: the inspected one.
    ///   - isOpaque: whether the payload is encrypted end to end; then only clear fields are read.
    ///   - isNewest: whether no later packet of the source has come.
    package mutating func read(
        _ bytes: Span<UInt8>, dependencyDescriptor element: HeaderExtensionElement?, payload: Span<UInt8>,
        inspection: PayloadInspection, isOpaque: Bool, timestamp: UInt32, isMarked: Bool, isNewest: Bool
    ) -> PacketLayers {
        if let element, element.offset &+ element.count <= bytes.count {
            let octets = bytes.extracting(element.offset..<(element.offset &+ element.count))
            var layers = read(octets, isNewest: isNewest) ?? PacketLayers()
            if case .av1 = inspection.descriptor { layers.flags.insert(.ownPicture) }
            return layers
        }
        switch inspection.descriptor {
        case .none, .h264: return PacketLayers()
        case .vp8(let descriptor): return read(descriptor, isMarked: isMarked)
        case .vp9(let descriptor):
            return read(descriptor, in: payload, timestamp: timestamp, isNewest: isNewest)
        case .av1(let av1):
            return isOpaque ? PacketLayers() : read(av1, timestamp: timestamp, isMarked: isMarked)
        }
    }

    private mutating func read(_ octets: Span<UInt8>, isNewest: Bool) -> PacketLayers? {
        if dependencies == nil { dependencies = DependencyFrames() }
        return dependencies?.read(octets, isNewest: isNewest, structure: &structure)
    }

    private mutating func read(_ descriptor: VP8PayloadDescriptor, isMarked: Bool) -> PacketLayers {
        guard let temporal = descriptor.temporalLayer else { return PacketLayers() }
        structure.noteTemporal(temporal)
        var flags: PacketLayers.Flags = isMarked ? .frameEnd : []
        if descriptor.isFrameStart { flags.insert(.frameStart) }
        if descriptor.isLayerSync { flags.insert(.layerSync) }
        return PacketLayers(members: DecodeTargets(fromTemporal: temporal), temporal: temporal, flags: flags)
    }

    private mutating func read(
        _ descriptor: VP9PayloadDescriptor, in payload: Span<UInt8>, timestamp: UInt32, isNewest: Bool
    ) -> PacketLayers {
        guard let layers = descriptor.layers else { return PacketLayers() }
        structure.noteTemporal(layers.temporal)
        let isBelowOthers = !descriptor.isNotInterLayerReference
        // It comes once, in a keyframe's first packet, and holds though that comes late.
        let isNewer = isNewest || structureTimestamp.map { Int32(bitPattern: timestamp &- $0) > 0 } ?? true
        if isNewer, let sent = descriptor.scalabilityStructure {
            structureTimestamp = timestamp
            structure.setSpatialCount(sent.spatialLayerCount)
            for layer in 0..<Int(DecodeTarget.layers) {
                structure.setSize(sent.size(ofLayer: layer, in: payload), ofLayer: layer)
            }
        }
        if isNewest {
            if descriptor.isKeyframeStart { structure.sendsLowerLayers = true }
            if descriptor.isInterPicturePredicted, !isBelowOthers, layers.spatial &+ 1 < structure.spatialCount {
                structure.sendsLowerLayers = false
            }
        }
        let spatial = min(layers.spatial, DecodeTarget.layers - 1)
        let temporal = min(layers.temporal, DecodeTarget.layers - 1)
        let members = DecodeTargets {
            $0.temporal >= temporal && ($0.spatial == spatial || ($0.spatial > spatial && isBelowOthers))
        }
        var flags: PacketLayers.Flags = []
        if descriptor.isFrameStart { flags.insert(.frameStart) }
        if descriptor.isFrameEnd { flags.insert(.frameEnd) }
        if layers.isSwitchingUpPoint { flags.insert(.switchingUp) }
        return PacketLayers(members: members, spatial: layers.spatial, temporal: layers.temporal, flags: flags)
    }

    /// Without dependency descriptor nothing tells where a spatial layer's frame ends, or what it is needed for: only temporal layers
    /// are told apart.
    private mutating func read(_ payload: AV1Payload, timestamp: UInt32, isMarked: Bool) -> PacketLayers {
        if payload.hasLayers {
            av1 = (timestamp, payload.temporalLayer)
        } else if !payload.continuesPrevious || av1?.timestamp != timestamp {
            return PacketLayers()
        }
        guard let temporal = av1?.temporal else { return PacketLayers() }
        structure.noteTemporal(temporal)
        var flags: PacketLayers.Flags = isMarked ? .frameEnd : []
        if payload.isFrameStart { flags.insert(.frameStart) }
        return PacketLayers(members: DecodeTargets(fromTemporal: temporal), temporal: temporal, flags: flags)
    }
}
