/// What forwarding must know of the layers that a packet belongs to: plain data of ten octets.
package struct PacketLayers: Hashable, Sendable, BitwiseCopyable {
    package struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The packet is the first of its frame, that is of one layer of its picture.
        package static let frameStart = Flags(rawValue: 1)
        /// The packet is the last of its frame.
        package static let frameEnd = Flags(rawValue: 2)
        /// From this picture on no higher temporal layer depends on pictures before it that are above its own: U of VP9
        /// (RFC 9628 section 4.2).
        package static let switchingUp = Flags(rawValue: 4)
        /// The frame depends on the lowest temporal layer alone: Y of VP8 (RFC 7741 section 4.2).
        package static let layerSync = Flags(rawValue: 8)
        /// The frame is a picture of its own to receivers, with a marker on its last packet: without dependency descriptors browsers do
        /// not put AV1 frames of several spatial layers together, but decode them one after the other.
        package static let ownPicture = Flags(rawValue: 16)
    }

    /// The targets that the packet belongs to.
    package var members: DecodeTargets
    /// Those to which one may switch here, where the frame itself can be decoded ("S" of the dependency descriptor).
    package var switches: DecodeTargets
    /// Those whose viewers have got all frames that this one refers to, by the dependency descriptor.
    package var origins: DecodeTargets
    package var spatial: UInt8
    package var temporal: UInt8
    package var flags: Flags

    package init(
        members: DecodeTargets = .all, switches: DecodeTargets = .none, origins: DecodeTargets = .none,
        spatial: UInt8 = 0, temporal: UInt8 = 0, flags: Flags = []
    ) {
        self.members = members
        self.switches = switches
        self.origins = origins
        self.spatial = spatial
        self.temporal = temporal
        self.flags = flags
    }

    /// Whether the packet belongs to a target.
    package func belong(to target: DecodeTarget) -> Bool { target.isEverything || members.contains(target) }
}
