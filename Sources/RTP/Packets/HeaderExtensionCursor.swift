/// One element of a header extension: the position of its data in the packet (RFC 8285).
package struct HeaderExtensionElement: Sendable, Equatable, BitwiseCopyable {
    /// The local identifier, 1 to 14 in the one-byte form, 1 to 255 in the two-byte form.
    package let identifier: UInt8
    /// The offset of the element's data from the start of the packet.
    package let offset: Int
    /// Octets of data; 0 is possible in the two-byte form.
    package let count: Int

    /// The data as text, for identifiers such as MID and RID (RFC 7941). Allocates; `nil` if `bytes` is another,
    /// shorter packet.
    package func text(in bytes: Span<UInt8>) -> String? {
        guard offset &+ count <= bytes.count else { return nil }
        return String(decoding: bytes.copy(offset..<(offset &+ count)), as: UTF8.self)
    }

    /// Whether the data is exactly `octets`; does not allocate.
    package func holds(_ octets: [UInt8], in bytes: Span<UInt8>) -> Bool {
        guard count == octets.count, offset &+ count <= bytes.count else { return false }
        for index in 0..<count where bytes[offset &+ index] != octets[index] { return false }
        return true
    }
}

/// Iterates over the elements of a packet's header extension, in the one-byte or the two-byte form (RFC 8285 section
/// 4).
///
/// Stops at the first unreadable element without an error; the elements before it are valid (RFC 8285 section 4.2).
package struct HeaderExtensionCursor: Sendable, BitwiseCopyable {
    private enum Form: BitwiseCopyable {
        case oneByte
        case twoByte
    }

    private let form: Form
    private var offset: Int
    private var end: Int

    /// Starts at the first element; there is none if the profile is not one of RFC 8285's.
    package init(header: RTPHeader) {
        form = header.extensionProfile == 0xBEDE ? .oneByte : .twoByte
        offset = header.extensionOffset
        // The low four bits of the two-byte profile are "appbits", for the application to use (section 4.3).
        let isKnown = header.extensionProfile == 0xBEDE || header.extensionProfile & 0xFFF0 == 0x1000
        end = isKnown ? header.extensionOffset &+ header.extensionCount : header.extensionOffset
    }

    /// The next element, `nil` after the last; `bytes` is the packet that the header was parsed from.
    package mutating func next(in bytes: Span<UInt8>) -> HeaderExtensionElement? {
        // `bytes` may be another packet than the header's; the iteration then stops at its end.
        let limit = min(end, bytes.count)
        while offset < limit {
            let first = bytes[offset]
            switch form {
            case .oneByte:
                if first == 0 {
                    offset &+= 1  // padding
                    continue
                }
                let identifier = first &>> 4
                // "processing of the entire extension MUST terminate" for identifier 15, and for identifier 0 with a
                // length (section 4.2).
                guard identifier != 0, identifier != 15 else { return stop() }
                return take(identifier: identifier, at: offset &+ 1, count: Int(first & 0x0F) &+ 1, limit: limit)
            case .twoByte:
                if first == 0 {
                    offset &+= 1  // padding
                    continue
                }
                guard offset &+ 1 < limit else { return stop() }
                return take(identifier: first, at: offset &+ 2, count: Int(bytes[offset &+ 1]), limit: limit)
            }
        }
        return nil
    }

    private mutating func take(identifier: UInt8, at start: Int, count: Int, limit: Int) -> HeaderExtensionElement? {
        guard start &+ count <= limit else { return stop() }
        offset = start &+ count
        return HeaderExtensionElement(identifier: identifier, offset: start, count: count)
    }

    private mutating func stop() -> HeaderExtensionElement? {
        end = offset
        return nil
    }
}
