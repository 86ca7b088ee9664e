import Primitives

/// BYE: sources that end (RFC 3550 section 6.6).
package struct Goodbye: Sendable, Equatable {
    /// The largest number of sources in a packet: the maximum of the 5-bit count.
    package static let maximumSources = 31
    /// The longest reason in octets: the maximum of its length field.
    package static let maximumReasonCount = 255

    /// Sources after the thirty-first are not written.
    package var sources: [SSRC]
    /// UTF-8; octets past the 255th are not written. `nil` for none.
    package var reason: [UInt8]?

    package init(sources: [SSRC], reason: String? = nil) {
        self.sources = sources
        self.reason = reason.map { Array($0.utf8) }
    }

    /// Parses a body of `count` sources and, if octets remain, a reason.
    init(parsing body: Span<UInt8>, count: Int) throws(RTCPError) {
        let end = 4 &* count
        try body.need(end, for: .sources)
        sources = []
        for index in 0..<count { sources.append(SSRC(body.load32(4 &* index))) }
        if body.count > end {
            let reasonEnd = end &+ 1 &+ Int(body[end])
            try body.need(reasonEnd, for: .reason)
            reason = body.copy((end &+ 1)..<reasonEnd)
        } else {
            reason = nil
        }
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        let written = sources.prefix(Self.maximumSources)
        bytes.appendRTCP(.goodbye, format: UInt8(truncatingIfNeeded: written.count)) { bytes in
            for source in written { bytes.append(bigEndian: source.rawValue) }
            guard let text = reason?.prefix(Self.maximumReasonCount) else { return }
            bytes.append(UInt8(truncatingIfNeeded: text.count))
            bytes.append(contentsOf: text)
            // "the string MUST be padded with null octets to the next 32-bit boundary"
            bytes.append(contentsOf: repeatElement(0, count: (4 - (text.count + 1) & 3) & 3))
        }
    }
}
