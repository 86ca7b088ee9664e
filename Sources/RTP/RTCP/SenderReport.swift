import Primitives

/// SR: a sender's counts, and the relation of its RTP clock to its wall clock (RFC 3550 section 6.4.1).
package struct SenderReport: Sendable, Equatable {
    /// Octets of sender SSRC and sender information.
    private static let informationCount = 24

    package var ssrc: SSRC
    /// The wall-clock time at which the report was sent.
    package var ntpTimestamp: NTPTimestamp
    /// The same time on the RTP clock.
    package var rtpTimestamp: UInt32
    /// RTP packets sent since the start, wrapping.
    package var packetCount: UInt32
    /// Payload octets sent since the start, wrapping.
    package var octetCount: UInt32
    /// Blocks after the thirty-first are written as receiver reports after this packet (section 6.4.1).
    package var reportBlocks: [ReportBlock]

    package init(
        ssrc: SSRC, ntpTimestamp: NTPTimestamp, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32,
        reportBlocks: [ReportBlock] = []
    ) {
        self.ssrc = ssrc
        self.ntpTimestamp = ntpTimestamp
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
        self.reportBlocks = reportBlocks
    }

    /// Parses a body with `count` report blocks; profile-specific extensions after them are skipped.
    init(parsing body: Span<UInt8>, count: Int) throws(RTCPError) {
        try body.need(Self.informationCount, for: .senderInformation)
        self.init(
            ssrc: SSRC(body.load32(0)), ntpTimestamp: NTPTimestamp(rawValue: body.load64(4)),
            rtpTimestamp: body.load32(12), packetCount: body.load32(16), octetCount: body.load32(20),
            reportBlocks: try ReportBlock.parse(body, at: Self.informationCount, count: count))
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        let own = reportBlocks.prefix(ReportBlock.maximumPerPacket)
        bytes.appendRTCP(.senderReport, format: UInt8(truncatingIfNeeded: own.count)) { bytes in
            bytes.append(bigEndian: ssrc.rawValue)
            bytes.append(bigEndian: ntpTimestamp.rawValue)
            bytes.append(bigEndian: rtpTimestamp)
            bytes.append(bigEndian: packetCount)
            bytes.append(bigEndian: octetCount)
            for block in own { block.append(to: &bytes) }
        }
        if reportBlocks.count > own.count {
            ReceiverReport(ssrc: ssrc, reportBlocks: Array(reportBlocks.dropFirst(own.count))).append(to: &bytes)
        }
    }
}
