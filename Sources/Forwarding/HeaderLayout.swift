import Primitives
import RTP

/// The RTP header that one slot's packets carry: the fixed header, one CSRC that names the true source, and a block of
/// header extensions of constant size, so that a frame's packets stay of equal size (segmentation offload wants that).
package struct HeaderLayout: Sendable {
    /// What differs from packet to packet.
    package struct Fields: Sendable {
        package var payloadType: UInt8
        package var isMarked: Bool
        /// Whether padding follows the payload.
        package var isPadded: Bool
        package var sequence: UInt16
        package var timestamp: UInt32
        package var ssrc: UInt32
        package var csrc: UInt32
        package var transportSequence: UInt16
        /// The octet of the audio level extension.
        package var audioLevel: UInt8?
        /// The octet of the video orientation extension.
        package var videoOrientation: UInt8?

        package init(
            payloadType: UInt8, isMarked: Bool, isPadded: Bool = false, sequence: UInt16, timestamp: UInt32,
            ssrc: UInt32, csrc: UInt32,
            transportSequence: UInt16, audioLevel: UInt8? = nil, videoOrientation: UInt8? = nil
        ) {
            self.payloadType = payloadType
            self.isMarked = isMarked
            self.isPadded = isPadded
            self.sequence = sequence
            self.timestamp = timestamp
            self.ssrc = ssrc
            self.csrc = csrc
            self.transportSequence = transportSequence
            self.audioLevel = audioLevel
            self.videoOrientation = videoOrientation
        }
    }

    /// The longest header that `write` makes: 12 octets, one CSRC, and a block of 4 + 12 octets.
    package static let maximumOctets = 32

    /// Of the first octet (RFC 3550 section 5.1).
    package static let paddingBit: UInt8 = 0x20

    /// Identifiers in this slot's m-section; 0 where not negotiated.
    private let transportSequence: UInt8
    private let audioLevel: UInt8
    private let videoOrientation: UInt8
    /// Two-byte elements (RFC 8285 section 4.3) where an identifier is above 14.
    private let isTwoByte: Bool
    /// Octets of the extension block behind its four octets of header; a multiple of four, 0 without extensions.
    private let blockOctets: Int

    package init(extensions: HeaderExtensionMap, kind: MediaKind) {
        transportSequence = extensions[.transportSequenceNumber] ?? 0
        audioLevel = kind == .audio ? extensions[.audioLevel] ?? 0 : 0
        videoOrientation = kind == .video ? extensions[.videoOrientation] ?? 0 : 0
        isTwoByte = max(transportSequence, audioLevel, videoOrientation) > 14
        let perElement = isTwoByte ? 2 : 1
        var octets = 0
        if transportSequence != 0 { octets += perElement + 2 }
        if audioLevel != 0 { octets += perElement + 1 }
        if videoOrientation != 0 { octets += perElement + 1 }
        blockOctets = (octets + 3) & ~3
    }

    /// Where the elements of the block stand, in octets of the header, and what stands in front of the one with one octet;
    /// 0 where there is none. A slot has at most one of these two, as `write` lays them out.
    var places: (transportSequence: Int, element: Int, octet: Int, prefix: UInt16) {
        let perElement = isTwoByte ? 2 : 1
        let identifier = max(audioLevel, videoOrientation)
        let begin = 20 + (transportSequence == 0 ? 0 : perElement + 2)
        let prefix = isTwoByte ? UInt16(identifier) &<< 8 | 1 : UInt16(identifier) &<< 12
        return (
            transportSequence == 0 ? 0 : 20 + perElement, identifier == 0 ? 0 : begin,
            identifier == 0 ? 0 : begin + perElement, prefix.bigEndian
        )
    }

    /// Whether this slot's packets carry a transport-wide sequence number.
    package var hasTransportSequence: Bool { transportSequence != 0 }

    /// Octets of the header with a CSRC.
    package var octets: Int { 16 + (blockOctets == 0 ? 0 : 4 + blockOctets) }

    /// Writes the header.
    ///
    /// - Parameter destination: at least `maximumOctets` octets.
    /// - Returns: the header's length in octets, the same for every packet of the slot.
    package func write(_ fields: Fields, to destination: UnsafeMutablePointer<UInt8>) -> Int {
        let raw = UnsafeMutableRawPointer(destination)
        let hasBlock = blockOctets != 0
        // V=2, one CSRC.
        unsafe destination[0] = (hasBlock ? 0x91 : 0x81) | (fields.isPadded ? Self.paddingBit : 0)
        unsafe destination[1] = fields.payloadType & 0x7F | (fields.isMarked ? 0x80 : 0)
        unsafe raw.storeBytes(of: fields.sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
        unsafe raw.storeBytes(of: fields.timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        unsafe raw.storeBytes(of: fields.ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        unsafe raw.storeBytes(of: fields.csrc.bigEndian, toByteOffset: 12, as: UInt32.self)
        guard hasBlock else { return 16 }
        let profile: UInt16 = isTwoByte ? 0x1000 : 0xBEDE
        unsafe raw.storeBytes(of: profile.bigEndian, toByteOffset: 16, as: UInt16.self)
        unsafe raw.storeBytes(of: UInt16(blockOctets / 4).bigEndian, toByteOffset: 18, as: UInt16.self)
        let end = 20 + blockOctets
        var offset = 20
        if transportSequence != 0 {
            offset = unsafe writeElement(transportSequence, octets: 2, to: destination, at: offset)
            unsafe raw.storeBytes(of: fields.transportSequence.bigEndian, toByteOffset: offset, as: UInt16.self)
            offset += 2
        }
        if audioLevel != 0, let level = fields.audioLevel {
            offset = unsafe writeElement(audioLevel, octets: 1, to: destination, at: offset)
            unsafe destination[offset] = level
            offset += 1
        }
        if videoOrientation != 0, let orientation = fields.videoOrientation {
            offset = unsafe writeElement(videoOrientation, octets: 1, to: destination, at: offset)
            unsafe destination[offset] = orientation
            offset += 1
        }
        while offset < end {
            unsafe destination[offset] = 0
            offset += 1
        }
        return end
    }

    private func writeElement(
        _ identifier: UInt8, octets: UInt8, to destination: UnsafeMutablePointer<UInt8>, at offset: Int
    ) -> Int {
        if isTwoByte {
            unsafe destination[offset] = identifier
            unsafe destination[offset + 1] = octets
            return offset + 2
        }
        unsafe destination[offset] = identifier &<< 4 | (octets &- 1)
        return offset + 1
    }
}
