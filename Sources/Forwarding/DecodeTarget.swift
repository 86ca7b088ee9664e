/// A quality within one encoding: the packets that decoding takes up to a spatial and a temporal layer (RTP Payload Format For AV1,
/// appendix A.2, whose word it is). The server tells four spatial and four temporal layers apart; the fourth stands for itself and
/// all above.
package struct DecodeTarget: Hashable, Sendable, BitwiseCopyable {
    /// Layers told apart in either direction.
    package static let layers: UInt8 = 4

    /// 0 to 15 in the order of the spatial, then the temporal layer; 16 for everything.
    package let rawValue: UInt8

    /// All packets of the encoding, also those that no single target takes.
    package static let everything = DecodeTarget(rawValue: layers * layers)

    private init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(spatial: UInt8, temporal: UInt8) {
        rawValue = min(spatial, Self.layers - 1) * Self.layers + min(temporal, Self.layers - 1)
    }

    package var isEverything: Bool { rawValue == Self.everything.rawValue }
    /// The highest spatial layer.
    package var spatial: UInt8 { isEverything ? Self.layers - 1 : rawValue / Self.layers }
    /// The highest temporal layer.
    package var temporal: UInt8 { isEverything ? Self.layers - 1 : rawValue % Self.layers }

    /// The one bit of `DecodeTargets`; that of the highest target for everything.
    fileprivate var bit: UInt16 { 1 &<< UInt16(min(rawValue, Self.layers * Self.layers - 1)) }
}

/// A set of decode targets.
package struct DecodeTargets: Hashable, Sendable, BitwiseCopyable {
    private var bits: UInt16

    package static let none = DecodeTargets(bits: 0)
    package static let all = DecodeTargets(bits: .max)

    private init(bits: UInt16) { self.bits = bits }

    /// Those that `isIncluded` takes.
    package init(where isIncluded: (DecodeTarget) -> Bool) {
        bits = 0
        for spatial in 0..<DecodeTarget.layers {
            for temporal in 0..<DecodeTarget.layers {
                let target = DecodeTarget(spatial: spatial, temporal: temporal)
                if isIncluded(target) { bits |= target.bit }
            }
        }
    }

    /// Those with a temporal layer and all above.
    package init(fromTemporal layer: UInt8) {
        let ofOneSpatialLayer: UInt16 = 0xF &<< UInt16(min(layer, DecodeTarget.layers - 1)) & 0xF
        bits = ofOneSpatialLayer &* 0x1111
    }

    package func contains(_ target: DecodeTarget) -> Bool { bits & target.bit != 0 }

    package mutating func formIntersection(_ other: DecodeTargets) { bits &= other.bits }
}
