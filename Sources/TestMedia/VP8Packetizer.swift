/// Splits VP8 frames into RTP payloads (RFC 7741 section 4.2): a descriptor with a 15-bit picture id, TL0PICIDX and the
/// temporal layer 0, then a piece of the frame. Pieces of a frame have about equal sizes, as in browsers.
package struct VP8Packetizer: Sendable {
    /// Octets of the descriptor.
    package static let descriptorCount = 6
    /// Octets of the largest payload, as in browsers, so that the RTP packet fits into 1,200 octets.
    package static let maximumPayload = 1_140

    private var pictureID: UInt16
    private var tl0PictureIndex: UInt8

    /// Starts with these numbers, which are random in real streams.
    package init(pictureID: UInt16, tl0PictureIndex: UInt8) {
        self.pictureID = pictureID & 0x7FFF
        self.tl0PictureIndex = tl0PictureIndex
    }

    /// The payloads of the next frame, in order.
    package mutating func payloads(of frame: [UInt8]) -> [[UInt8]] {
        let room = Self.maximumPayload - Self.descriptorCount
        let count = max((frame.count + room - 1) / room, 1)
        let payloads = (0..<count).map { index in
            let piece = frame[index * frame.count / count..<(index + 1) * frame.count / count]
            var payload = descriptor(isStart: index == 0)
            payload.append(contentsOf: piece)
            return payload
        }
        pictureID = (pictureID + 1) & 0x7FFF
        tl0PictureIndex &+= 1
        return payloads
    }

    private func descriptor(isStart: Bool) -> [UInt8] {
        // X and, on the first packet, S; partition 0 throughout, as in libwebrtc. Then I, L and T.
        [
            0x80 | (isStart ? 0x10 : 0), 0xE0, 0x80 | UInt8(pictureID &>> 8), UInt8(truncatingIfNeeded: pictureID),
            tl0PictureIndex, 0,
        ]
    }
}
