/// A part of a track's picture: an encoding, and within it the spatial and temporal layers up to these.
package struct LayerChoice: Hashable, Sendable {
    package var encoding: EncodingIndex
    /// The highest spatial layer; `allLayers` for as many as are sent.
    package var spatial: UInt8
    /// The highest temporal layer, likewise.
    package var temporal: UInt8

    /// No codec counts its layers further: three bits in VP9's descriptor (RFC 9628) and in an AV1 OBU's extension.
    package static let allLayers: UInt8 = 7

    package init(encoding: EncodingIndex, spatial: UInt8 = allLayers, temporal: UInt8 = allLayers) {
        self.encoding = encoding
        self.spatial = spatial
        self.temporal = temporal
    }
}
