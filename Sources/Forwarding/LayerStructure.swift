import RTP

/// The layers that an encoding is sent with now.
package struct LayerStructure: Sendable {
    /// Spatial layers, 1 to 4: of VP9 by the scalability structure, of AV1 by the active decode targets.
    package internal(set) var spatialCount: UInt8 = 1
    /// Temporal layers seen so far, 1 to 4.
    package internal(set) var temporalCount: UInt8 = 1
    /// The picture's size in each spatial layer; 0x0 where it is unknown.
    private var sizes: InlineArray<4, PictureSize> = .init(repeating: PictureSize(width: 0, height: 0))
    /// Whether viewers of a spatial layer have been sent all frames of the lower ones since the last keyframe: in VP9, unless
    /// the encoder predicts between spatial layers in keyframe pictures only (L3T3_KEY).
    var sendsLowerLayers = true
    /// By the dependency descriptor: for each target those that have no frame which it lacks. `nil` without descriptors.
    var subsets: InlineArray<16, DecodeTargets>?
    /// Counts changes, so that whoever chose by an older structure knows.
    package private(set) var version: UInt32 = 0

    package init() {}

    /// Whether some viewers may be sent less than everything.
    package var isLayered: Bool { spatialCount > 1 || temporalCount > 1 }

    /// The picture's size up to a spatial layer; `nil` where it is unknown.
    package func size(ofLayer layer: UInt8) -> PictureSize? {
        let size = sizes[Int(min(layer, DecodeTarget.layers - 1))]
        return size.width == 0 ? nil : size
    }

    mutating func setSize(_ size: PictureSize?, ofLayer layer: Int) {
        let size = size ?? PictureSize(width: 0, height: 0)
        guard sizes[layer] != size else { return }
        sizes[layer] = size
        version &+= 1
    }

    mutating func setSpatialCount(_ count: Int) {
        let count = UInt8(clamping: max(1, min(count, Int(DecodeTarget.layers))))
        guard spatialCount != count else { return }
        spatialCount = count
        version &+= 1
    }

    mutating func noteTemporal(_ layer: UInt8) {
        let count = min(layer, DecodeTarget.layers - 1) &+ 1
        guard count > temporalCount else { return }
        temporalCount = count
        version &+= 1
    }

    /// The target for the layers up to these, of what is sent now. Everything where that leaves nothing out but what no
    /// single target takes, and there is one spatial layer.
    package func target(spatial: UInt8, temporal: UInt8) -> DecodeTarget {
        let isWhole = temporal &+ 1 >= temporalCount
        if spatialCount == 1 { return isWhole ? .everything : DecodeTarget(spatial: 0, temporal: temporal) }
        return DecodeTarget(
            spatial: min(spatial, spatialCount - 1), temporal: isWhole ? DecodeTarget.layers - 1 : temporal)
    }

    /// Whether viewers of a target have got every frame of another: then they may go over to that one at any picture.
    package func isSubset(_ lower: DecodeTarget, of target: DecodeTarget) -> Bool {
        if target.isEverything || lower == target { return true }
        let hasAllTemporal = target.temporal &+ 1 >= temporalCount
        if lower.isEverything { return spatialCount == 1 && hasAllTemporal }
        if let subsets { return subsets[Int(target.rawValue)].contains(lower) }
        guard lower.temporal <= target.temporal || hasAllTemporal else { return false }
        return hasEqualSpatial(lower, target) || (lower.spatial < target.spatial && sendsLowerLayers)
    }

    /// Whether two targets have the same spatial layers of those that are sent.
    func hasEqualSpatial(_ a: DecodeTarget, _ b: DecodeTarget) -> Bool {
        min(a.spatial, spatialCount - 1) == min(b.spatial, spatialCount - 1)
    }
}
