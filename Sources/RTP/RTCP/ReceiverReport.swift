import Primitives

/// RR: a receiver report (RFC 3550 section 6.4.2).
package struct ReceiverReport: Sendable, Equatable {
    /// The reporter.
    package var ssrc: SSRC
    /// Blocks after the thirty-first are written as further packets (section 6.4.2).
    package var reportBlocks: [ReportBlock]

    package init(ssrc: SSRC, reportBlocks: [ReportBlock] = []) {
        self.ssrc = ssrc
        self.reportBlocks = reportBlocks
    }

    /// Parses a body with `count` report blocks; profile-specific extensions after them are skipped.
    init(parsing body: Span<UInt8>, count: Int) throws(RTCPError) {
        try body.need(4, for: .sender)
        self.init(ssrc: SSRC(body.load32(0)), reportBlocks: try ReportBlock.parse(body, at: 4, count: count))
    }

    /// Writes the packet, or the packets.
    package func append(to bytes: inout [UInt8]) {
        var start = 0
        repeat {
            let end = min(start + ReportBlock.maximumPerPacket, reportBlocks.count)
            bytes.appendRTCP(.receiverReport, format: UInt8(truncatingIfNeeded: end - start)) { bytes in
                bytes.append(bigEndian: ssrc.rawValue)
                for block in reportBlocks[start..<end] { block.append(to: &bytes) }
            }
            start = end
        } while start < reportBlocks.count
    }
}
