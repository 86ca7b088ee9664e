import Primitives

/// Takes datagrams out of a stream of octets: each is preceded by its length in 16 bits (RFC 4571 section 2).
///
/// Sans-IO. Datagrams that are complete within what was read are lent where they lie; only a frame that goes on in the
/// next read is copied.
package struct TCPFrameReader {
    /// A frame longer than `TCPLimits.maximumFrame`. Nothing after it can be read: who sends it speaks another protocol.
    package struct FrameTooLong: Error, Hashable {
        /// What its length said, in octets.
        package let octets: Int
    }

    /// Octets of the length in front of each datagram.
    package static let headerCount = 2

    /// The beginning of a frame that is not complete, with its length.
    private var carry: [UInt8] = []

    package init() {}

    /// Whether a frame has begun and is not complete.
    package var isInsideFrame: Bool { !carry.isEmpty }

    /// Takes the next octets of the stream.
    ///
    /// - Parameters:
    ///   - octets: datagrams may be changed in place.
    ///   - body: called with each complete datagram. Frames of length 0, which RFC 4571 allows, are skipped.
    package mutating func receive(
        _ octets: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(FrameTooLong) {
        var offset = 0
        while offset < octets.count {
            let available = octets.count &- offset
            if carry.isEmpty, available >= Self.headerCount {
                let length = unsafe try Self.length(octets[offset], octets[offset &+ 1])
                let start = offset &+ Self.headerCount
                if octets.count &- start >= length {
                    if length > 0 {
                        unsafe body(UnsafeMutableRawBufferPointer(rebasing: octets[start..<(start &+ length)]))
                    }
                    offset = start &+ length
                    continue
                }
            }
            offset = unsafe try append(octets, from: offset, body)
        }
    }

    /// Copies more of a frame that goes on in another read, up to its end.
    ///
    /// - Returns: the offset behind it.
    private mutating func append(
        _ octets: UnsafeMutableRawBufferPointer, from offset: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(FrameTooLong) -> Int {
        // One octet at a time until the length is known.
        guard carry.count >= Self.headerCount else {
            unsafe carry.append(octets[offset])
            if carry.count == Self.headerCount, try Self.length(carry[0], carry[1]) == 0 { carry.removeAll() }
            return offset &+ 1
        }
        let total = Self.headerCount &+ (try Self.length(carry[0], carry[1]))
        let taken = min(total &- carry.count, octets.count &- offset)
        unsafe carry.append(contentsOf: octets[offset..<(offset &+ taken)])
        if carry.count == total {
            unsafe carry.withUnsafeMutableBytes { frame in
                unsafe body(UnsafeMutableRawBufferPointer(rebasing: frame[Self.headerCount...]))
            }
            carry.removeAll(keepingCapacity: true)
        }
        return offset &+ taken
    }

    private static func length(_ first: UInt8, _ second: UInt8) throws(FrameTooLong) -> Int {
        let length = Int(first) &<< 8 | Int(second)
        guard length <= TCPLimits.maximumFrame else { throw FrameTooLong(octets: length) }
        return length
    }
}
