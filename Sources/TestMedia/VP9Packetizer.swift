/// Splits VP9 frames of one layer into RTP payloads (RFC 9628 section 4.2): a descriptor with a 15-bit picture id,
/// layer indices and TL0PICIDX in non-flexible mode, on keyframes with the scalability structure, then a piece of the
/// frame.
package struct VP9Packetizer: Sendable {
    /// Octets of the descriptor without a structure.
    package static let descriptorCount = 5
    /// Octets of the scalability structure.
    package static let structureCount = 8
    /// Octets of the largest payload.
    package static let maximumPayload = VP8Packetizer.maximumPayload

    private let format: PictureFormat
    private var pictureID: UInt16
    private var tl0PictureIndex: UInt8

    /// Starts with these numbers, which are random in real streams.
    package init(format: PictureFormat, pictureID: UInt16, tl0PictureIndex: UInt8) {
        self.format = format
        self.pictureID = pictureID & 0x7FFF
        self.tl0PictureIndex = tl0PictureIndex
    }

    /// The payloads of the next frame, in order.
    package mutating func payloads(of frame: VPXFrame) -> [[UInt8]] {
        let octets = frame.octets
        let room = Self.maximumPayload - Self.descriptorCount - Self.structureCount
        let count = max((octets.count + room - 1) / room, 1)
        let payloads = (0..<count).map { index in
            let (isStart, isEnd) = (index == 0, index == count - 1)
            var payload = descriptor(isKeyframe: frame.isKeyframe, isStart: isStart, isEnd: isEnd)
            payload.append(contentsOf: octets[index * octets.count / count..<(index + 1) * octets.count / count])
            return payload
        }
        pictureID = (pictureID + 1) & 0x7FFF
        tl0PictureIndex &+= 1
        return payloads
    }

    private func descriptor(isKeyframe: Bool, isStart: Bool, isEnd: Bool) -> [UInt8] {
        let hasStructure = isKeyframe && isStart
        // I and L always; P except on keyframes; B on the first and E on the last packet; V on the first packet of a
        // keyframe; Z, because there is no higher layer.
        let first: UInt8 =
            0xA1 | (isKeyframe ? 0 : 0x40) | (isStart ? 0x08 : 0) | (isEnd ? 0x04 : 0) | (hasStructure ? 0x02 : 0)
        var octets: [UInt8] = [
            first, 0x80 | UInt8(pictureID &>> 8), UInt8(truncatingIfNeeded: pictureID), 0, tl0PictureIndex,
        ]
        if hasStructure {
            let (width, height) = (UInt16(clamping: format.width), UInt16(clamping: format.height))
            // One layer (N_S) with its size (Y), and groups (G) of one picture that refers to the one before.
            octets += [
                0x18, UInt8(width &>> 8), UInt8(truncatingIfNeeded: width), UInt8(height &>> 8),
                UInt8(truncatingIfNeeded: height), 1, 0x04, 1,
            ]
        }
        return octets
    }
}
