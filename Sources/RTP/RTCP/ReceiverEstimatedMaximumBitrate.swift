import Primitives

/// REMB: a receiver's estimate of the bitrate that it can receive (draft-alvestrand-rmcat-remb-03 section 2.2).
package struct ReceiverEstimatedMaximumBitrate: Sendable, Equatable {
    /// "REMB"
    private static let identifier: UInt32 = 0x5245_4D42
    /// The maximum of the 18-bit mantissa.
    private static let maximumMantissa: UInt64 = 0x3_FFFF
    /// The largest number of sources: the maximum of the 8-bit count.
    package static let maximumSources = 255

    package var senderSSRC: SSRC
    /// Never negative. Written with the 18 uppermost bits, rounded down.
    package var bitrate: Bitrate
    /// The sources that the bitrate applies to; sources after the 255th are not written.
    package var sources: [SSRC]

    package init(senderSSRC: SSRC, bitrate: Bitrate, sources: [SSRC]) {
        self.senderSSRC = senderSSRC
        self.bitrate = bitrate
        self.sources = sources
    }

    /// Whether application layer feedback is REMB.
    static func isIdentified(in body: Span<UInt8>) -> Bool { body.count >= 12 && body.load32(8) == identifier }

    /// Parses a body; a bitrate beyond 63 bits becomes the largest possible one.
    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(16, for: .feedbackEntries)
        let count = Int(body[12])
        try body.need(16 &+ 4 &* count, for: .sources)
        senderSSRC = SSRC(body.load32(0))
        let exponent = Int(body[13] &>> 2)
        let mantissa = UInt64(body.load24(13) & 0x3_FFFF)
        let fits = mantissa.leadingZeroBitCount > exponent
        bitrate = Bitrate(bitsPerSecond: fits ? Int64(mantissa &<< UInt64(exponent)) : .max)
        sources = []
        sources.reserveCapacity(count)
        for index in 0..<count { sources.append(SSRC(body.load32(16 &+ 4 &* index))) }
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        var mantissa = UInt64(max(bitrate.bitsPerSecond, 0))
        var exponent: UInt32 = 0
        while mantissa > Self.maximumMantissa {
            mantissa &>>= 1
            exponent &+= 1
        }
        let written = sources.prefix(Self.maximumSources)
        bytes.appendRTCP(.payloadFeedback, format: FeedbackFormat.application) { bytes in
            bytes.append(bigEndian: senderSSRC.rawValue)
            bytes.append(bigEndian: 0 as UInt32)
            bytes.append(bigEndian: Self.identifier)
            bytes.append(UInt8(truncatingIfNeeded: written.count))
            bytes.append(bigEndian24: exponent &<< 18 | UInt32(truncatingIfNeeded: mantissa))
            for source in written { bytes.append(bigEndian: source.rawValue) }
        }
    }
}
