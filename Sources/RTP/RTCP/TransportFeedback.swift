import Primitives

/// Transport-wide feedback: which packets came, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01 section
/// 3.1).
package struct TransportFeedback: Sendable, Equatable {
    /// Packets that one feedback may tell of. Two octets can claim 8,191 of them, so that more would let a small
    /// datagram cost much memory; a second at 50 Mbit/s is about 5,000.
    package static let maximumStatuses = 8_192
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
    /// When the first delta begins to count: 24 bits, in units of 64 ms of the reporter's clock.
    package var referenceTime: UInt32
    /// One more with each feedback, wrapping.
    package var feedbackCount: UInt8
    /// For each packet from the base on: ticks since the one that was received before it (the first: since the
    /// reference time), or `nil` where it was not received.
    package var deltas: [Int16?]

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

    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(Self.headCount, for: .feedbackHeader)
        let count = Int(body.load16(10))
        guard count > 0 else { throw .malformed(.packetStatuses) }
        guard count <= Self.maximumStatuses else { throw .tooMany(.packetStatuses, limit: Self.maximumStatuses) }
        senderSSRC = SSRC(body.load32(0))
        mediaSSRC = SSRC(body.load32(4))
        baseSequenceNumber = body.load16(8)
        referenceTime = body.load24(12)
        feedbackCount = body[15]
        deltas = []

        // Where the deltas begin is known once the chunks have told of all packets.
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
        deltas.reserveCapacity(count)
        var chunkOffset = Self.headCount
        while deltas.count < count {
            guard let chunk = PacketStatusChunk(wire: body.load16(chunkOffset)) else { throw .malformed(.packetChunks) }
            for index in 0..<min(chunk.count, count &- deltas.count) {
                switch chunk.symbol(at: index) {
                case .notReceived: deltas.append(nil)
                case .smallDelta:
                    try body.need(deltaOffset &+ 1, for: .receiveDeltas)
                    deltas.append(Int16(body[deltaOffset]))
                    deltaOffset &+= 1
                case .largeDelta:
                    try body.need(deltaOffset &+ 2, for: .receiveDeltas)
                    deltas.append(Int16(bitPattern: body.load16(deltaOffset)))
                    deltaOffset &+= 2
                case nil: throw .malformed(.packetChunks)
                }
            }
            chunkOffset &+= 2
        }
    }

    /// Writes the packet; nothing when it tells of no packet. At most `maximumStatuses` packets are told of.
    package func append(to bytes: inout [UInt8]) {
        let written = deltas.prefix(Self.maximumStatuses)
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
