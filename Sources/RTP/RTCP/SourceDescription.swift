import Primitives

/// SDES: a description of sources (RFC 3550 section 6.5).
package struct SourceDescription: Sendable, Equatable {
    /// Items that one packet may hold.
    package static let maximumItems = 256
    /// The longest text of an item in octets: the maximum of its length field.
    package static let maximumTextCount = 255
    /// The largest number of chunks in a packet: the maximum of the 5-bit count.
    package static let maximumChunks = 31
    /// The item type of the canonical name.
    package static let cnameType: UInt8 = 1

    /// One item of a source.
    package struct Item: Sendable, Equatable {
        /// 1 is CNAME; 0 ends a list and is not written.
        package var type: UInt8
        /// UTF-8; octets past the 255th are not written.
        package var text: [UInt8]

        package init(type: UInt8, text: [UInt8]) {
            self.type = type
            self.text = text
        }
    }

    /// The items of one source.
    package struct Chunk: Sendable, Equatable {
        package var ssrc: SSRC
        package var items: [Item]

        package init(ssrc: SSRC, items: [Item]) {
            self.ssrc = ssrc
            self.items = items
        }

        /// The canonical name, if there is one (section 6.5.1).
        package var cname: String? {
            items.first { $0.type == SourceDescription.cnameType }.map { String(decoding: $0.text, as: UTF8.self) }
        }
    }

    /// Chunks after the thirty-first are not written.
    package var chunks: [Chunk]

    package init(chunks: [Chunk]) { self.chunks = chunks }

    /// The description that every compound contains: the source and its canonical name.
    package init(ssrc: SSRC, cname: String) {
        self.init(chunks: [Chunk(ssrc: ssrc, items: [Item(type: Self.cnameType, text: Array(cname.utf8))])])
    }

    /// Parses a body of `count` chunks.
    init(parsing body: Span<UInt8>, count: Int) throws(RTCPError) {
        chunks = []
        var offset = 0
        var itemCount = 0
        for _ in 0..<count {
            try body.need(offset &+ 4, for: .sources)
            var chunk = Chunk(ssrc: SSRC(body.load32(offset)), items: [])
            offset &+= 4
            while true {
                try body.need(offset &+ 1, for: .descriptionItems)
                let type = body[offset]
                if type == 0 { break }
                try body.need(offset &+ 2, for: .descriptionItems)
                let end = offset &+ 2 &+ Int(body[offset &+ 1])
                try body.need(end, for: .descriptionItems)
                guard itemCount < Self.maximumItems else { throw .tooMany(.descriptionItems, limit: Self.maximumItems) }
                chunk.items.append(Item(type: type, text: body.copy((offset &+ 2)..<end)))
                itemCount &+= 1
                offset = end
            }
            // The list ends with one or more null octets, up to the next 32-bit boundary.
            offset = (offset &+ 4) & ~3
            chunks.append(chunk)
        }
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        let written = chunks.prefix(Self.maximumChunks)
        bytes.appendRTCP(.sourceDescription, format: UInt8(truncatingIfNeeded: written.count)) { bytes in
            for chunk in written {
                bytes.append(bigEndian: chunk.ssrc.rawValue)
                var chunkCount = 4
                for item in chunk.items where item.type != 0 {
                    let text = item.text.prefix(Self.maximumTextCount)
                    bytes.append(item.type)
                    bytes.append(UInt8(truncatingIfNeeded: text.count))
                    bytes.append(contentsOf: text)
                    chunkCount += 2 + text.count
                }
                bytes.append(contentsOf: repeatElement(0, count: 4 - chunkCount & 3))
            }
        }
    }
}
