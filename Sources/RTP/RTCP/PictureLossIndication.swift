import Primitives

/// PLI: a receiver cannot continue decoding and requests a keyframe (RFC 4585 section 6.3.1).
package struct PictureLossIndication: Sendable, Equatable {
    package var senderSSRC: SSRC
    package var mediaSSRC: SSRC

    package init(senderSSRC: SSRC, mediaSSRC: SSRC) {
        self.senderSSRC = senderSSRC
        self.mediaSSRC = mediaSSRC
    }

    init(parsing body: Span<UInt8>) throws(RTCPError) {
        try body.need(8, for: .feedbackHeader)
        self.init(senderSSRC: SSRC(body.load32(0)), mediaSSRC: SSRC(body.load32(4)))
    }

    /// Writes the packet.
    package func append(to bytes: inout [UInt8]) {
        bytes.appendRTCP(.payloadFeedback, format: FeedbackFormat.pictureLoss) { bytes in
            bytes.append(bigEndian: senderSSRC.rawValue)
            bytes.append(bigEndian: mediaSSRC.rawValue)
        }
    }
}
