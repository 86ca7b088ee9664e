/// A picture ID in a VP8 or VP9 payload descriptor, with its offset, so that it can be overwritten in place.
package struct PictureID: Sendable, Equatable, BitwiseCopyable {
    /// The forms of a picture ID; a stream keeps its form.
    package enum Width: UInt8, Sendable, BitwiseCopyable {
        /// One octet.
        case sevenBits = 7
        /// Two octets, the first with its uppermost bit set.
        case fifteenBits = 15

        /// The largest value; the next one wraps to 0.
        package var mask: UInt16 {
            switch self {
            case .sevenBits: 0x7F
            case .fifteenBits: 0x7FFF
            }
        }

        /// Octets in the descriptor.
        package var octets: Int {
            switch self {
            case .sevenBits: 1
            case .fifteenBits: 2
            }
        }
    }

    /// A number of 7 or 15 bits, according to `width`.
    package let value: UInt16
    package let width: Width
    /// The offset of the first octet in the payload.
    package let offset: Int

    /// Reads the picture ID at `offset`.
    init(parsing payload: Span<UInt8>, at offset: Int) throws(PayloadError) {
        try payload.need(offset &+ 1)
        self.offset = offset
        if payload[offset] & 0x80 == 0 {
            width = .sevenBits
            value = UInt16(payload[offset])
        } else {
            try payload.need(offset &+ 2)
            width = .fifteenBits
            value = payload.load16(offset) & 0x7FFF
        }
    }
}

/// A one-octet number in a payload descriptor, with its offset.
package struct LocatedOctet: Sendable, Equatable, BitwiseCopyable {
    package let value: UInt8
    /// The offset of the octet in the payload.
    package let offset: Int

    package init(value: UInt8, offset: Int) {
        self.value = value
        self.offset = offset
    }
}

/// The size of a picture in pixels.
package struct PictureSize: Sendable, Equatable, BitwiseCopyable {
    package let width: UInt16
    package let height: UInt16

    package init(width: UInt16, height: UInt16) {
        self.width = width
        self.height = height
    }
}
