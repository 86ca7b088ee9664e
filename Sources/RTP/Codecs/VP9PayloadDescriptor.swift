/// The VP9 payload descriptor (RFC 9628 section 4.2).
package struct VP9PayloadDescriptor: Sendable, Equatable, BitwiseCopyable {
    /// The layer indices, if the descriptor has them.
    package struct Layers: Sendable, Equatable, BitwiseCopyable {
        /// TID
        package let temporal: UInt8
        /// SID
        package let spatial: UInt8
        /// U: from this frame on a receiver may switch up to higher temporal layers.
        package let isSwitchingUpPoint: Bool
        /// D: the frame is predicted from a lower spatial layer of the same picture.
        package let isInterLayerPredicted: Bool
    }

    /// Distances to reference pictures that a flexible mode descriptor may hold.
    package static let maximumReferences = 3

    /// Octets of the descriptor; the VP9 payload follows.
    package let count: Int
    /// Picture ID: a running number of the pictures, each of which may have several layer frames.
    package let pictureID: PictureID?
    /// P: the frame is predicted from earlier pictures.
    package let isInterPicturePredicted: Bool
    /// TID, U, SID and D; `nil` without layer indices.
    package let layers: Layers?
    /// F: references are given as distances instead of by the scalability structure.
    package let isFlexibleMode: Bool
    /// TL0PICIDX, in non-flexible mode with layer indices.
    package let tl0PictureIndex: LocatedOctet?
    /// B: the packet is the first of a frame (a layer frame, not a picture).
    package let isFrameStart: Bool
    /// E: the packet is the last of a frame.
    package let isFrameEnd: Bool
    /// Z: no higher spatial layer of the picture is predicted from this frame.
    package let isNotInterLayerReference: Bool
    /// P_DIFFs in flexible mode, 0 to 3.
    package let referenceCount: Int
    private let referencesOffset: Int
    /// SS; it comes with keyframes.
    package let scalabilityStructure: VP9ScalabilityStructure?

    /// Whether decoding can begin here: the first packet of the lowest spatial layer of a picture that refers to none.
    package var isKeyframeStart: Bool {
        isFrameStart && !isInterPicturePredicted && (layers?.spatial ?? 0) == 0
    }

    /// Parses the descriptor at the start of `payload`, the packet's VP9 payload without padding;
    /// refuses one that ends before its VP9 payload begins, and a fourth reference.
    package init(parsing payload: Span<UInt8>) throws(PayloadError) {
        try payload.need(1)
        let first = payload[0]
        var end = 1
        isInterPicturePredicted = first & 0x40 != 0
        isFlexibleMode = first & 0x10 != 0
        isFrameStart = first & 0x08 != 0
        isFrameEnd = first & 0x04 != 0
        isNotInterLayerReference = first & 0x01 != 0

        if first & 0x80 != 0 {
            let picture = try PictureID(parsing: payload, at: end)
            end &+= picture.width.octets
            pictureID = picture
        } else {
            pictureID = nil
        }

        var tl0: LocatedOctet?
        if first & 0x20 != 0 {
            try payload.need(end &+ 1)
            let octet = payload[end]
            layers = Layers(
                temporal: octet &>> 5, spatial: octet &>> 1 & 0x07, isSwitchingUpPoint: octet & 0x10 != 0,
                isInterLayerPredicted: octet & 0x01 != 0)
            end &+= 1
            if first & 0x10 == 0 {
                try payload.need(end &+ 1)
                tl0 = LocatedOctet(value: payload[end], offset: end)
                end &+= 1
            }
        } else {
            layers = nil
        }
        tl0PictureIndex = tl0

        referencesOffset = end
        var references = 0
        if first & 0x50 == 0x50 {
            var isFollowed = true
            while isFollowed {
                // "P_DIFF ... up to 3 times" (section 4.2)
                guard references < Self.maximumReferences else { throw .tooMany(limit: Self.maximumReferences) }
                try payload.need(end &+ 1)
                isFollowed = payload[end] & 0x01 != 0
                references &+= 1
                end &+= 1
            }
        }
        referenceCount = references

        if first & 0x02 != 0 {
            let structure = try VP9ScalabilityStructure(parsing: payload, at: end)
            end = structure.end
            scalabilityStructure = structure
        } else {
            scalabilityStructure = nil
        }
        // A descriptor alone carries nothing.
        try payload.need(end &+ 1)
        count = end
    }

    /// The distance in pictures of the reference at `index` (P_DIFF); `nil` past the last. `payload` is the parsed one.
    package func referenceDistance(at index: Int, in payload: Span<UInt8>) -> UInt8? {
        let offset = referencesOffset &+ index
        guard index >= 0, index < referenceCount, offset < payload.count else { return nil }
        return payload[offset] &>> 1
    }
}
