import Primitives

/// NACK: the RTP packets that a receiver is missing (RFC 4585 section 6.2.1).
package struct GenericNACK: Sendable, Equatable {
    /// Entries that one packet may hold; each names up to 17 packets.
    package static let maximumEntries = 512

    /// One missing packet, and a mask of the missing ones among the sixteen after it.
    package struct Entry: Sendable, Equatable, BitwiseCopyable {
        /// PID
        package var packetID: UInt16
        /// BLP: bit i stands for `packetID` + i + 1.
        package var followingLost: UInt16

        package init(packetID: UInt16, followingLost: UInt16 = 0) {
            self.packetID = packetID
            self.followingLost = followingLost
        }
    }

    package var senderSSRC: SSRC
    package var mediaSSRC: SSRC
    /// Entries beyond the limit are not written.
    package var entries: [Entry]

    package init(senderSSRC: SSRC, mediaSSRC: SSRC, entries: [Entry]) {
        self.senderSSRC = senderSSRC
        self.mediaSSRC = mediaSSRC
        self.entries = entries
    }

    /// Packs `sequenceNumbers`; the number of entries is smallest if they are in ascending (wrapping) order.
    package init(senderSSRC: SSRC, mediaSSRC: SSRC, sequenceNumbers: [UInt16]) {
        var entries: [Entry] = []
        for number in sequenceNumbers {
            if let last = entries.indices.last {
                let distance = number &- entries[last].packetID
                if distance == 0 { continue }
                if distance <= 16 {
                    entries[last].followingLost |= 1 &<< (distance &- 1)
                    continue
                }
            }
            entries.append(Entry(packetID: number))
        }
        self.init(senderSSRC: senderSSRC, mediaSSRC: mediaSSRC, entries: entries)
    }

    /// Calls `body` with each missing sequence number, in the order of the entries; does not allocate.
    package func forEachSequenceNumber(_ body: (UInt16) -> Void) {
        for entry in entries {
            body(entry.packetID)
            var rest = entry.followingLost
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                body(entry.packetID &+ UInt16(truncatingIfNeeded: bit) &+ 1)
                rest &= rest &- 1
            }
        }
    }

    /// The missing sequence numbers, in the order of the entries.
    package var sequenceNumbers: [UInt16] {
        var numbers: [UInt16] = []
        forEachSequenceNumber { numbers.append($0) }
        return numbers
    }

    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(12, for: .feedbackEntries)
        let count = (body.count &- 8) / 4
        guard count <= Self.maximumEntries else { throw .tooMany(.feedbackEntries, limit: Self.maximumEntries) }
        senderSSRC = SSRC(body.load32(0))
        mediaSSRC = SSRC(body.load32(4))
        entries = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let start = 8 &+ 4 &* index
            entries.append(Entry(packetID: body.load16(start), followingLost: body.load16(start &+ 2)))
        }
    }

    /// Writes the packet, or nothing if no packet is missing.
    package func append(to bytes: inout [UInt8]) {
        guard !entries.isEmpty else { return }
        bytes.appendRTCP(.transportFeedback, format: FeedbackFormat.nack) { bytes in
            bytes.append(bigEndian: senderSSRC.rawValue)
            bytes.append(bigEndian: mediaSSRC.rawValue)
            for entry in entries.prefix(Self.maximumEntries) {
                bytes.append(bigEndian: entry.packetID)
                bytes.append(bigEndian: entry.followingLost)
            }
        }
    }
}
