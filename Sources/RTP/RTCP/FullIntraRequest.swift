import Primitives

/// FIR: a receiver requests keyframes of sources (RFC 5104 section 4.3.1).
package struct FullIntraRequest: Sendable, Equatable {
    /// Entries that one packet may hold.
    package static let maximumEntries = 64

    /// The request to one source.
    package struct Entry: Sendable, Equatable, BitwiseCopyable {
        private var ssrcNumber: UInt32
        /// Increases with each new request; a repeated request keeps it.
        package var sequenceNumber: UInt8

        /// The source from which the keyframe is requested.
        package var ssrc: SSRC { SSRC(ssrcNumber) }

        package init(ssrc: SSRC, sequenceNumber: UInt8) {
            ssrcNumber = ssrc.rawValue
            self.sequenceNumber = sequenceNumber
        }
    }

    package var senderSSRC: SSRC
    /// Entries beyond the limit are not written.
    package var entries: [Entry]

    package init(senderSSRC: SSRC, entries: [Entry]) {
        self.senderSSRC = senderSSRC
        self.entries = entries
    }

    /// Parses a body; the media SSRC of its head is not used (section 4.3.1.2).
    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(16, for: .feedbackEntries)
        let count = (body.count &- 8) / 8
        guard count <= Self.maximumEntries else { throw .tooMany(.feedbackEntries, limit: Self.maximumEntries) }
        senderSSRC = SSRC(body.load32(0))
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let start = 8 &+ 8 &* index
            entries.append(Entry(ssrc: SSRC(body.load32(start)), sequenceNumber: body[start &+ 4]))
        }
    }

    /// Writes the packet, or nothing if there are no entries.
    package func append(to bytes: inout [UInt8]) {
        guard !entries.isEmpty else { return }
        bytes.appendRTCP(.payloadFeedback, format: FeedbackFormat.fullIntra) { bytes in
            bytes.append(bigEndian: senderSSRC.rawValue)
            bytes.append(bigEndian: 0 as UInt32)
            for entry in entries.prefix(Self.maximumEntries) {
                bytes.append(bigEndian: entry.ssrc.rawValue)
                bytes.append(entry.sequenceNumber)
                bytes.append(bigEndian24: 0)
            }
        }
    }
}
