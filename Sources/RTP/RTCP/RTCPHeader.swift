import Primitives

/// The first four octets of every RTCP packet (RFC 3550 section 6.4.1), as numbers and offsets into the datagram.
package struct RTCPHeader: Sendable, Equatable, BitwiseCopyable {
    /// Octets of the header.
    package static let count = 4

    /// The five bits below the padding flag: a count of blocks, or a feedback format.
    package let format: UInt8
    /// The packet type; known ones are in `RTCPPacketType`.
    package let packetType: UInt8
    /// The offset of the body in the datagram.
    package let bodyOffset: Int
    /// Octets of the body, without padding.
    package let bodyCount: Int
    /// Octets of padding, the count octet included.
    package let paddingCount: Int

    /// The range of the packet at `offset`, by its version and length field, whatever its contents.
    package static func frame(in bytes: Span<UInt8>, at offset: Int) throws(RTCPError) -> Range<Int> {
        try bytes.need(offset &+ Self.count, for: .header)
        let version = bytes[offset] &>> 6
        guard version == 2 else { throw .unsupportedVersion(version) }
        let end = offset &+ Self.count &+ Int(bytes.load16(offset &+ 2)) &* 4
        try bytes.need(end, for: .packet)
        return offset..<end
    }

    /// Parses the header of the packet that begins at `offset`.
    package init(parsing bytes: Span<UInt8>, at offset: Int) throws(RTCPError) {
        try bytes.need(offset &+ Self.count, for: .header)
        let first = bytes[offset]
        guard first &>> 6 == 2 else { throw .unsupportedVersion(first &>> 6) }
        let contentCount = Int(bytes.load16(offset &+ 2)) &* 4
        let start = offset &+ Self.count
        try bytes.need(start &+ contentCount, for: .packet)
        if first & 0x20 != 0 {
            let padding = contentCount > 0 ? Int(bytes[start &+ contentCount &- 1]) : 0
            guard padding > 0, padding <= contentCount else {
                throw .invalidPadding(count: padding, available: contentCount)
            }
            paddingCount = padding
        } else {
            paddingCount = 0
        }
        format = first & 0x1F
        packetType = bytes[offset &+ 1]
        bodyOffset = start
        bodyCount = contentCount &- paddingCount
    }

    /// The range of the body in the datagram, without padding.
    package var bodyRange: Range<Int> { bodyOffset..<(bodyOffset &+ bodyCount) }
    /// The offset of the next packet of the compound.
    package var end: Int { bodyOffset &+ bodyCount &+ paddingCount }
}

extension Array where Element == UInt8 {
    /// Appends an RTCP packet with the body that `body` writes. A body that is not a multiple of four octets is padded
    /// (RFC 3550 section 6.4.1, P bit).
    mutating func appendRTCP(_ type: RTCPPacketType, format: UInt8, body: (inout [UInt8]) -> Void) {
        appendRTCP(packetType: type.rawValue, format: format, body: body)
    }

    mutating func appendRTCP(packetType: UInt8, format: UInt8, body: (inout [UInt8]) -> Void) {
        let start = count
        append(contentsOf: [0x80 | format & 0x1F, packetType, 0, 0])
        body(&self)
        let excess = (count - start) & 3
        if excess > 0 {
            let padding = 4 - excess
            append(contentsOf: repeatElement(0, count: padding - 1))
            append(UInt8(truncatingIfNeeded: padding))
            self[start] |= 0x20
        }
        set(bigEndian: UInt16(truncatingIfNeeded: (count - start) / 4 - 1), at: start + 2)
    }
}
