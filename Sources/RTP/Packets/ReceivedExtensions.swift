/// The audio level of a packet (RFC 6464 section 3).
package struct AudioLevel: Sendable, Equatable, BitwiseCopyable {
    /// The level below overload, in -dBov: 0 is the loudest, 127 is silence.
    package var level: UInt8
    /// Whether the sender detected voice in the packet.
    package var hasVoice: Bool

    package init(level: UInt8, hasVoice: Bool) {
        self.level = level
        self.hasVoice = hasVoice
    }

    /// The extension's octet: the voice flag above seven bits of level.
    package init(octet: UInt8) { self.init(level: octet & 0x7F, hasVoice: octet & 0x80 != 0) }

    /// The extension's octet.
    package var octet: UInt8 { level & 0x7F | (hasVoice ? 0x80 : 0) }
}

/// The values of the known header extensions of one packet. Made for every packet, without allocating.
///
/// An element of a wrong length counts as absent; of several with one meaning the last counts.
package struct ReceivedExtensions: Sendable, Equatable, BitwiseCopyable {
    /// The transport-wide sequence number.
    package private(set) var transportSequenceNumber: UInt16?
    /// 24 bits, seconds in 6.18 fixed point.
    package private(set) var absoluteSendTime: UInt32?
    package private(set) var audioLevel: AudioLevel?
    /// The octet of 3GPP TS 26.114 section 7.4.5: camera, flip and rotation.
    package private(set) var videoOrientation: UInt8?
    /// 24 bits: the least delay above the greatest, 12 bits each, in units of 10 ms.
    package private(set) var playoutDelay: UInt32?
    /// Ticks of the RTP clock between sampling and sending (RFC 5450 section 2).
    package private(set) var transmissionOffset: Int32?
    /// The position of the MID (RFC 9143 section 15.2). Never empty; the same holds for the three below.
    package private(set) var mid: HeaderExtensionElement?
    /// The position of the RID (RFC 8852).
    package private(set) var rid: HeaderExtensionElement?
    /// The position of the RID of the repaired stream (RFC 8852).
    package private(set) var repairedRid: HeaderExtensionElement?
    /// The position of the dependency descriptor (RTP Payload Format For AV1, appendix A).
    package private(set) var dependencyDescriptor: HeaderExtensionElement?

    /// Reads the extensions of the packet `bytes` whose header is `header`.
    package init(parsing bytes: Span<UInt8>, header: RTPHeader, lookup: HeaderExtensionLookup) {
        var cursor = HeaderExtensionCursor(header: header)
        while let element = cursor.next(in: bytes) {
            guard let kind = lookup[element.identifier] else { continue }
            note(kind, element, bytes)
        }
    }

    private mutating func note(_ kind: HeaderExtension, _ element: HeaderExtensionElement, _ bytes: Span<UInt8>) {
        let offset = element.offset
        switch kind {
        case .transportSequenceNumber:
            // The second version has four octets and may request feedback; the number is first in both.
            if element.count == 2 || element.count == 4 { transportSequenceNumber = bytes.load16(offset) }
        case .absoluteSendTime:
            if element.count == 3 { absoluteSendTime = bytes.load24(offset) }
        case .audioLevel:
            if element.count == 1 { audioLevel = AudioLevel(octet: bytes[offset]) }
        case .videoOrientation:
            if element.count == 1 { videoOrientation = bytes[offset] }
        case .playoutDelay:
            if element.count == 3 { playoutDelay = bytes.load24(offset) }
        case .transmissionOffset:
            if element.count == 3 {
                // Sign-extended from 24 bits.
                transmissionOffset = Int32(bitPattern: bytes.load24(offset) &<< 8) &>> 8
            }
        case .mid:
            if element.count > 0 { mid = element }
        case .rid:
            if element.count > 0 { rid = element }
        case .repairedRid:
            if element.count > 0 { repairedRid = element }
        case .dependencyDescriptor:
            if element.count > 0 { dependencyDescriptor = element }
        }
    }
}
