/// Where a viewer may go from one decode target to another.
package enum LayerSelector {
    /// What a viewer gets from `packet` on, of whose picture it was sent nothing yet: `target`, where it may go there now; where it
    /// may not, a step towards it, or what it gets already.
    package static func choose(
        from current: DecodeTarget, towards target: DecodeTarget, at packet: borrowing StoredPacket,
        in structure: LayerStructure
    ) -> DecodeTarget {
        guard current != target else { return current }
        if mayGo(from: current, to: target, at: packet, in: structure) { return target }
        if structure.hasEqualSpatial(current, target) {
            // One temporal layer after the other.
            var temporal = min(target.temporal, structure.temporalCount - 1)
            while temporal > current.temporal {
                let step = DecodeTarget(spatial: current.spatial, temporal: temporal)
                if mayGo(from: current, to: step, at: packet, in: structure) { return step }
                temporal -= 1
            }
            return current
        }
        // Another spatial layer begins with a keyframe. Until then: less, if it is to be less.
        let isDown = target.spatial < current.spatial
        let step = DecodeTarget(spatial: current.spatial, temporal: isDown ? 0 : target.temporal)
        return mayGo(from: current, to: step, at: packet, in: structure) ? step : current
    }

    /// Whether all that a viewer of `target` gets from `packet` on can be decoded by one that got `current` before.
    package static func mayGo(
        from current: DecodeTarget, to target: DecodeTarget, at packet: borrowing StoredPacket,
        in structure: LayerStructure
    ) -> Bool {
        if packet.isKeyframeStart || structure.isSubset(target, of: current) { return true }
        let layers = packet.layers
        guard layers.flags.contains(.frameStart), layers.belong(to: target) else { return false }
        // Of everything a single target may lack frames, where there are several spatial layers.
        guard !target.isEverything || structure.spatialCount == 1 else { return false }
        if layers.switches.contains(target), layers.origins.contains(current) { return true }
        guard structure.hasEqualSpatial(current, target) else { return false }
        if layers.flags.contains(.switchingUp), layers.temporal <= current.temporal { return true }
        return layers.flags.contains(.layerSync) && layers.temporal == current.temporal &+ 1
            && min(target.temporal, structure.temporalCount - 1) == layers.temporal
    }
}
