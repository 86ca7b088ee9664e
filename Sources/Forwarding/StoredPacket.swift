import Primitives

/// What forwarding must know of one packet of a publisher, beside its payload octets: plain data without references, so
/// that reading it costs no reference counting.
package struct StoredPacket: Sendable {
    /// The publisher's sequence number, extended over wraps.
    package var sequence: Int64
    /// The number that viewers' numbers are made of: `sequence`, less the packets that their lane leaves out.
    package internal(set) var number: Int64
    /// The publisher's RTP timestamp.
    package var timestamp: UInt32
    package var arrival: MonotonicInstant
    /// Where the payload begins, in octets ever written to the buffer.
    package var position: Int64
    /// Octets of payload, without padding.
    package var payloadCount: Int
    /// Octets of padding behind the payload, so that a picture's packets have one size (RFC 3550 section 5.1).
    package internal(set) var paddingCount = 0
    /// The publisher's payload type.
    package var payloadType: UInt8
    package var isMarked: Bool
    /// Whether a keyframe begins with this packet.
    package var isKeyframeStart: Bool
    /// Whether the payload is end-to-end encrypted and a frame of unknown type starts here. A viewer may begin with it, because
    /// keyframes cannot be detected.
    package var isBlindStart: Bool
    /// The octet of the audio level extension (RFC 6464): voice flag and level.
    package var audioLevel: UInt8?
    /// The octet of the video orientation extension.
    package var videoOrientation: UInt8?
    /// Where the codec's descriptor carries a picture id and a TL0PICIDX that must stay continuous over switches.
    package var picture: PictureNumbers
    /// Where the frames of redundant audio lie.
    package var redundancy: RedundantAudio
    /// Which layers of its encoding it belongs to.
    package var layers: PacketLayers

    /// Whether a viewer may begin here.
    package var isStart: Bool { isKeyframeStart || isBlindStart }

    package init(
        sequence: Int64, timestamp: UInt32, arrival: MonotonicInstant, payloadType: UInt8, isMarked: Bool,
        isKeyframeStart: Bool = false, isBlindStart: Bool = false, audioLevel: UInt8? = nil,
        videoOrientation: UInt8? = nil,
        picture: PictureNumbers = PictureNumbers(), redundancy: RedundantAudio = .none,
        layers: PacketLayers = PacketLayers()
    ) {
        self.sequence = sequence
        number = sequence
        self.timestamp = timestamp
        self.arrival = arrival
        position = 0
        payloadCount = 0
        self.payloadType = payloadType
        self.isMarked = isMarked
        self.isKeyframeStart = isKeyframeStart
        self.isBlindStart = isBlindStart
        self.audioLevel = audioLevel
        self.videoOrientation = videoOrientation
        self.picture = picture
        self.redundancy = redundancy
        self.layers = layers
    }
}

/// The numbers of a VP8 (RFC 7741) or VP9 (RFC 9628) payload descriptor that count pictures, and where they stand.
package struct PictureNumbers: Hashable, Sendable {
    /// How a picture id is written.
    package enum Width: UInt8, Sendable {
        case absent
        /// One octet, 7 bits.
        case short
        /// Two octets, 15 bits, with the upper bit of the first set.
        case long
    }

    package var width: Width
    package var pictureID: UInt16
    /// Octets from the payload's start.
    package var pictureIDOffset: UInt8
    /// TL0PICIDX, where there is one.
    package var tl0Index: UInt8
    /// Octets from the payload's start; 0 where there is no TL0PICIDX.
    package var tl0IndexOffset: UInt8
    /// Whether packets refer to others by distances in this number, as in VP9: then pictures that are left out must leave a gap in
    /// it.
    package var isReferredTo: Bool
    /// Whether the number is another than the payload's, because pictures before it are left out.
    package private(set) var isMoved = false

    package init(
        width: Width = .absent, pictureID: UInt16 = 0, pictureIDOffset: UInt8 = 0, tl0Index: UInt8 = 0,
        tl0IndexOffset: UInt8 = 0, isReferredTo: Bool = false
    ) {
        self.width = width
        self.pictureID = pictureID
        self.pictureIDOffset = pictureIDOffset
        self.tl0Index = tl0Index
        self.tl0IndexOffset = tl0IndexOffset
        self.isReferredTo = isReferredTo
    }

    /// Closes the numbers over pictures that are left out before this one.
    mutating func leaveOut(_ pictures: UInt16) {
        guard width != .absent, !isReferredTo, pictures != 0 else { return }
        pictureID &-= pictures
        isMoved = true
    }
}
