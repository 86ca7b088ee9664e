import Primitives

/// The header of an RTP packet (RFC 3550 section 5.1) as numbers and offsets into the packet's octets.
///
/// It holds no references and allocates nothing, because one is parsed for every packet.
package struct RTPHeader: Sendable, Equatable, BitwiseCopyable {
    /// Octets of the header without CSRCs and extension.
    package static let fixedCount = 12
    /// CSRCs that the 4-bit count can announce.
    package static let maximumCSRCs = 15

    /// 7 bits
    package let payloadType: UInt8
    /// The marker: the end of a frame for video, the start of a talk spurt for audio (RFC 3551 section 4.1).
    package let isMarker: Bool
    package let sequenceNumber: UInt16
    /// In ticks of the codec's clock.
    package let timestamp: UInt32
    /// The synchronisation source.
    package var ssrc: SSRC { SSRC(ssrcNumber) }
    private let ssrcNumber: UInt32
    /// The "defined by profile" field of the extension; 0 without an extension.
    package let extensionProfile: UInt16
    /// The number of CSRCs, 0 to 15; they follow the fixed header.
    package let csrcCount: Int
    /// The offset of the extension's data, after the extension's own four octets.
    package let extensionOffset: Int
    /// Octets of the extension's data.
    package let extensionCount: Int
    /// The offset of the payload: the length of the whole header.
    package let payloadOffset: Int
    /// Octets of payload, without padding.
    package let payloadCount: Int
    /// Octets of padding at the end, the count octet included.
    package let paddingCount: Int

    /// Parses the header of a packet; `bytes` is the whole packet.
    package init(parsing bytes: Span<UInt8>) throws(RTPError) {
        let available = bytes.count
        guard available >= Self.fixedCount else {
            throw .truncated(.fixedHeader, needed: Self.fixedCount, available: available)
        }
        let first = bytes[0]
        guard first &>> 6 == 2 else { throw .unsupportedVersion(first &>> 6) }
        csrcCount = Int(first & 0x0F)
        var end = Self.fixedCount &+ 4 &* csrcCount
        guard available >= end else { throw .truncated(.csrcs, needed: end, available: available) }

        if first & 0x10 != 0 {
            guard available >= end &+ 4 else {
                throw .truncated(.extensionHeader, needed: end &+ 4, available: available)
            }
            extensionProfile = bytes.load16(end)
            extensionCount = Int(bytes.load16(end &+ 2)) &* 4
            extensionOffset = end &+ 4
            end = extensionOffset &+ extensionCount
            guard available >= end else { throw .truncated(.extensionData, needed: end, available: available) }
        } else {
            extensionProfile = 0
            extensionCount = 0
            extensionOffset = end
        }

        if first & 0x20 != 0 {
            // A padding count beyond the packet made another implementation read before the payload (CVE-2025-49140).
            let count = available > end ? Int(bytes[available &- 1]) : 0
            guard count > 0, count <= available &- end else {
                throw .invalidPadding(count: count, available: available &- end)
            }
            paddingCount = count
        } else {
            paddingCount = 0
        }

        payloadOffset = end
        payloadCount = available &- end &- paddingCount
        isMarker = bytes[1] & 0x80 != 0
        payloadType = bytes[1] & 0x7F
        sequenceNumber = bytes.load16(2)
        timestamp = bytes.load32(4)
        ssrcNumber = bytes.load32(8)
    }

    /// The range of the payload, without padding: `bytes.extracting(header.payloadRange)`.
    package var payloadRange: Range<Int> { payloadOffset..<(payloadOffset &+ payloadCount) }

    /// The CSRC at `index`, `nil` past the last; `bytes` is the packet that the header was parsed from.
    package func csrc(at index: Int, in bytes: Span<UInt8>) -> UInt32? {
        let offset = Self.fixedCount &+ 4 &* index
        guard index >= 0, index < csrcCount, bytes.count >= offset &+ 4 else { return nil }
        return bytes.load32(offset)
    }
}
