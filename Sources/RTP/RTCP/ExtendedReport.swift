import Primitives

/// XR: an extended report (RFC 3611 section 2).
package struct ExtendedReport: Sendable, Equatable {
    /// Blocks that one packet may hold.
    package static let maximumBlocks = 64

    /// One report block.
    package enum Block: Sendable, Equatable {
        /// The reporter's time, which a DLRR block answers (section 4.4).
        case receiverReferenceTime(NTPTimestamp)
        /// DLRR: answers to receiver reference times (section 4.5).
        case delaysSinceLastReceiverReport([DelaySinceLastReceiverReport])
        /// A block of another type.
        case unknown(type: UInt8, typeSpecific: UInt8, contents: [UInt8])
    }

    /// The answer to one receiver's reference time (section 4.5).
    package struct DelaySinceLastReceiverReport: Sendable, Equatable {
        /// The receiver that the answer is for.
        package var ssrc: SSRC
        /// LRR: the middle of the NTP timestamp of its last reference time; 0 for none.
        package var lastReceiverReport: UInt32
        /// DLRR: the time since its arrival, in 1/65,536 s.
        package var delay: UInt32

        package init(ssrc: SSRC, lastReceiverReport: UInt32, delay: UInt32) {
            self.ssrc = ssrc
            self.lastReceiverReport = lastReceiverReport
            self.delay = delay
        }

        /// The round-trip time from this answer, which arrived at `arrival`.
        package func roundTripTime(arrival: NTPTimestamp) -> Duration? {
            arrival.roundTripTime(lastReport: lastReceiverReport, delay: delay)
        }
    }

    private static let referenceTimeType: UInt8 = 4
    private static let delaysType: UInt8 = 5

    /// The reporter.
    package var ssrc: SSRC
    package var blocks: [Block]

    package init(ssrc: SSRC, blocks: [Block]) {
        self.ssrc = ssrc
        self.blocks = blocks
    }

    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(4, for: .sender)
        ssrc = SSRC(body.load32(0))
        blocks = []
        var offset = 4
        while offset < body.count {
            guard blocks.count < Self.maximumBlocks else {
                throw .tooMany(.extendedReportBlocks, limit: Self.maximumBlocks)
            }
            try body.need(offset &+ 4, for: .reportBlock)
            let start = offset &+ 4
            let end = start &+ 4 &* Int(body.load16(offset &+ 2))
            try body.need(end, for: .reportBlock)
            blocks.append(
                try Self.block(
                    type: body[offset], typeSpecific: body[offset &+ 1], contents: body.extracting(start..<end)))
            offset = end
        }
    }

    private static func block(
        type: UInt8, typeSpecific: UInt8, contents: Span<UInt8>
    ) throws(RTCPError) -> Block {
        switch type {
        case referenceTimeType:
            guard contents.count == 8 else { throw .malformed(.reportBlock) }
            return .receiverReferenceTime(NTPTimestamp(rawValue: contents.load64(0)))
        case delaysType:
            guard contents.count.isMultiple(of: 12) else { throw .malformed(.reportBlock) }
            var delays: [DelaySinceLastReceiverReport] = []
            for start in stride(from: 0, to: contents.count, by: 12) {
                delays.append(
                    DelaySinceLastReceiverReport(
                        ssrc: SSRC(contents.load32(start)), lastReceiverReport: contents.load32(start &+ 4),
                        delay: contents.load32(start &+ 8)))
            }
            return .delaysSinceLastReceiverReport(delays)
        default:
            return .unknown(type: type, typeSpecific: typeSpecific, contents: contents.copy(0..<contents.count))
        }
    }

    /// Writes the packet; the contents of unknown blocks are written in whole words only.
    package func append(to bytes: inout [UInt8]) {
        bytes.appendRTCP(.extendedReport, format: 0) { bytes in
            bytes.append(bigEndian: ssrc.rawValue)
            for block in blocks {
                switch block {
                case .receiverReferenceTime(let timestamp):
                    bytes.append(contentsOf: [Self.referenceTimeType, 0, 0, 2])
                    bytes.append(bigEndian: timestamp.rawValue)
                case .delaysSinceLastReceiverReport(let delays):
                    bytes.append(contentsOf: [Self.delaysType, 0])
                    bytes.append(bigEndian: UInt16(truncatingIfNeeded: 3 * delays.count))
                    for delay in delays {
                        bytes.append(bigEndian: delay.ssrc.rawValue)
                        bytes.append(bigEndian: delay.lastReceiverReport)
                        bytes.append(bigEndian: delay.delay)
                    }
                case .unknown(let type, let typeSpecific, let contents):
                    bytes.append(contentsOf: [type, typeSpecific])
                    bytes.append(bigEndian: UInt16(truncatingIfNeeded: contents.count / 4))
                    bytes.append(contentsOf: contents.prefix(contents.count & ~3))
                }
            }
        }
    }
}
