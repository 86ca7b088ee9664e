import Primitives

/// Transport-wide feedback: which packets came, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01 section
/// 3.1).
package struct TransportFeedback: Sendable, Equatable {
    /// The largest number of packets that a feedback may report: the maximum of its 16-bit count, because after a
    /// network outage a browser reports all packets at once. Two octets can claim up to 8,191 lost packets, so losses
    /// are stored as runs. Time and memory then depend on the octets of the datagram, not on the count.
    package static let maximumStatuses = 65_535
    /// The largest number of packets in a feedback that the server writes.
    package static let maximumWrittenStatuses = 8_192
    /// Octets of a body before the chunks.
    private static let headCount = 16
    /// The unit of receive deltas.
    package static let tick = Duration.microseconds(250)
    /// The unit of the reference time, in ticks: 64 ms.
    package static let ticksPerReferenceUnit: Int64 = 256

    package var senderSSRC: SSRC
    package var mediaSSRC: SSRC
    /// The transport-wide number of the first packet.
    package var baseSequenceNumber: UInt16
    /// The origin of the first delta: 24 bits, in units of 64 ms of the reporter's clock.
    package var referenceTime: UInt32
    /// Increases with each feedback, wrapping.
    package var feedbackCount: UInt8
    /// The statuses of the packets from the base on; neighbouring losses are one run.
    package private(set) var statuses: [Status] = []
    /// The number of packets in `statuses`.
    package private(set) var statusCount = 0

    /// The status of one received packet, or of several lost ones.
    package enum Status: Sendable, Equatable {
        case lost(count: Int)
        /// Ticks since the previously received packet; for the first, since the reference time.
        case received(delta: Int16)
    }

    package init(
        senderSSRC: SSRC, mediaSSRC: SSRC, baseSequenceNumber: UInt16, referenceTime: UInt32, feedbackCount: UInt8,
        deltas: [Int16?]
    ) {
        self.senderSSRC = senderSSRC
        self.mediaSSRC = mediaSSRC
        self.baseSequenceNumber = baseSequenceNumber
        self.referenceTime = referenceTime
        self.feedbackCount = feedbackCount
        self.deltas = deltas
    }

    /// For each packet from the base on: ticks since the previously received one (for the first, since the reference
    /// time), or `nil` if it was not received. Computed with each call.
    package var deltas: [Int16?] {
        get {
            var deltas: [Int16?] = []
            deltas.reserveCapacity(statusCount)
            for status in statuses {
                switch status {
                case .lost(let count): deltas.append(contentsOf: repeatElement(nil, count: count))
                case .received(let delta): deltas.append(delta)
                }
            }
            return deltas
        }
        set {
            statuses = []
            statusCount = 0
            for delta in newValue {
                if let delta { append(received: delta) } else { append(lost: 1) }
            }
        }
    }

    /// Adds `count` packets that were not received.
    mutating func append(lost count: Int) {
        guard count > 0 else { return }
        statusCount &+= count
        if case .lost(let before)? = statuses.last {
            statuses[statuses.count - 1] = .lost(count: before &+ count)
        } else {
            statuses.append(.lost(count: count))
        }
    }

    /// Adds a packet that was received.
    mutating func append(received delta: Int16) {
        statusCount &+= 1
        statuses.append(.received(delta: delta))
    }

    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(Self.headCount, for: .feedbackHeader)
        let count = Int(body.load16(10))
        guard count > 0 else { throw .malformed(.packetStatuses) }
        senderSSRC = SSRC(body.load32(0))
        mediaSSRC = SSRC(body.load32(4))
        baseSequenceNumber = body.load16(8)
        referenceTime = body.load24(12)
        feedbackCount = body[15]

        // The offset of the deltas is known after the last chunk.
        var deltaOffset = Self.headCount
        var told = 0
        while told < count {
            try body.need(deltaOffset &+ 2, for: .packetChunks)
            guard let chunk = PacketStatusChunk(wire: body.load16(deltaOffset)), chunk.count > 0 else {
                throw .malformed(.packetChunks)
            }
            told &+= chunk.count
            deltaOffset &+= 2
        }
        var chunkOffset = Self.headCount
        while statusCount < count {
            guard let chunk = PacketStatusChunk(wire: body.load16(chunkOffset)) else { throw .malformed(.packetChunks) }
            chunkOffset &+= 2
            let told = min(chunk.count, count &- statusCount)
            if case .runLength(.notReceived, _) = chunk {
                append(lost: told)
                continue
            }
            for index in 0..<told {
                switch chunk.symbol(at: index) {
                case .notReceived: append(lost: 1)
                case .smallDelta:
                    try body.need(deltaOffset &+ 1, for: .receiveDeltas)
                    append(received: Int16(body[deltaOffset]))
                    deltaOffset &+= 1
                case .largeDelta:
                    try body.need(deltaOffset &+ 2, for: .receiveDeltas)
                    append(received: Int16(bitPattern: body.load16(deltaOffset)))
                    deltaOffset &+= 2
                case nil: throw .malformed(.packetChunks)
                }
            }
        }
    }

    /// Writes the packet with at most `maximumWrittenStatuses` packets, or nothing if it has none.
    package func append(to bytes: inout [UInt8]) {
        let written = deltas.prefix(Self.maximumWrittenStatuses)
        guard !written.isEmpty else { return }
        let symbols = written.map(PacketStatusSymbol.init(delta:))
        bytes.appendRTCP(.transportFeedback, format: FeedbackFormat.transportWide) { bytes in
            bytes.append(bigEndian: senderSSRC.rawValue)
            bytes.append(bigEndian: mediaSSRC.rawValue)
            bytes.append(bigEndian: baseSequenceNumber)
            bytes.append(bigEndian: UInt16(truncatingIfNeeded: written.count))
            bytes.append(bigEndian24: referenceTime)
            bytes.append(feedbackCount)
            var told = 0
            while told < symbols.count {
                let chunk = PacketStatusChunk(covering: symbols, from: told)
                bytes.append(bigEndian: chunk.wire)
                told += chunk.count
            }
            for case .some(let delta) in written {
                if 0...255 ~= delta {
                    bytes.append(UInt8(truncatingIfNeeded: delta))
                } else {
                    bytes.append(bigEndian: UInt16(bitPattern: delta))
                }
            }
        }
    }
}
