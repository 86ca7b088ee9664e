/// The VP8 payload descriptor, with fields of the frame's own header (RFC 7741 sections 4.2 and 4.3).
///
/// Chromium omits picture ID and layers if the dependency descriptor is negotiated.
package struct VP8PayloadDescriptor: Sendable, Equatable, BitwiseCopyable {
    /// Octets of the descriptor; the VP8 payload follows.
    package let count: Int
    /// N: no other frame refers to this one.
    package let isNonReference: Bool
    /// S: a partition of the frame begins with this packet.
    package let isPartitionStart: Bool
    /// PID: the partition of the packet's first octet.
    package let partition: UInt8
    /// PictureID: a running number of the frames.
    package let pictureID: PictureID?
    /// TL0PICIDX: a running number of the frames of the lowest temporal layer.
    package let tl0PictureIndex: LocatedOctet?
    /// TID; `nil` if the descriptor has none.
    package let temporalLayer: UInt8?
    /// Y: the frame depends only on frames of the lowest temporal layer, so a receiver may switch up here.
    package let isLayerSync: Bool
    /// KEYIDX: the low five bits of its octet; the upper three are TID and Y.
    package let keyIndex: LocatedOctet?
    /// Whether the packet is the first of a keyframe, by the frame's P bit.
    package let isKeyframeStart: Bool
    /// The size of the picture, from the first packet of a keyframe.
    package let size: PictureSize?

    /// Whether the packet is the first of its frame.
    package var isFrameStart: Bool { isPartitionStart && partition == 0 }

    /// Parses the descriptor at the start of `payload`, the packet's VP8 payload without padding;
    /// refuses one that ends before its VP8 payload begins.
    package init(parsing payload: Span<UInt8>) throws(PayloadError) {
        try payload.need(1)
        let first = payload[0]
        var end = 1
        var flags: UInt8 = 0
        if first & 0x80 != 0 {
            try payload.need(2)
            flags = payload[1]
            end = 2
        }
        if flags & 0x80 != 0 {
            let picture = try PictureID(parsing: payload, at: end)
            end &+= picture.width.octets
            pictureID = picture
        } else {
            pictureID = nil
        }
        if flags & 0x40 != 0 {
            try payload.need(end &+ 1)
            tl0PictureIndex = LocatedOctet(value: payload[end], offset: end)
            end &+= 1
        } else {
            tl0PictureIndex = nil
        }
        let hasTemporalLayer = flags & 0x20 != 0
        let hasKeyIndex = flags & 0x10 != 0
        if hasTemporalLayer || hasKeyIndex {
            try payload.need(end &+ 1)
            let octet = payload[end]
            temporalLayer = hasTemporalLayer ? octet &>> 6 : nil
            isLayerSync = hasTemporalLayer && octet & 0x20 != 0
            keyIndex = hasKeyIndex ? LocatedOctet(value: octet & 0x1F, offset: end) : nil
            end &+= 1
        } else {
            temporalLayer = nil
            isLayerSync = false
            keyIndex = nil
        }
        // A descriptor alone carries nothing (section 4.1).
        try payload.need(end &+ 1)
        count = end
        isNonReference = first & 0x20 != 0
        isPartitionStart = first & 0x10 != 0
        partition = first & 0x07
        isKeyframeStart = isPartitionStart && partition == 0 && payload[end] & 0x01 == 0
        size = isKeyframeStart ? Self.size(of: payload, frameAt: end) : nil
    }

    /// The size in a keyframe's header (RFC 6386 section 9.1): frame tag, start code, then 14 bits of width and of
    /// height, low octet first; `nil` without start code.
    private static func size(of payload: Span<UInt8>, frameAt start: Int) -> PictureSize? {
        guard payload.count >= start &+ 10, payload.load24(start &+ 3) == 0x9D012A else { return nil }
        return PictureSize(
            width: payload.load16(start &+ 6).byteSwapped & 0x3FFF,
            height: payload.load16(start &+ 8).byteSwapped & 0x3FFF)
    }
}
