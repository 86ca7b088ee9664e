import RTP
import TestMedia

/// Decodes the pictures of a sampled viewer and holds them against what was sent.
struct PictureCheck {
    enum Outcome {
        case right
        /// Another number, or the number of another sender.
        case wrong
        case notDecoded
    }

    private let decoder: VPXDecoder
    private let identity: UInt16

    /// - Parameter identity: that of the clip which is sent.
    init(identity: UInt16) throws(MediaError) {
        decoder = try VPXDecoder()
        self.identity = identity
    }

    /// Decodes a complete picture that follows the one before, or is a keyframe.
    func check(_ frame: ReceivedFrame) -> Outcome {
        guard let mark = frame.mark else { return .notDecoded }
        var octets: [UInt8] = []
        for packet in frame.packets.sorted(by: { $0.sequence < $1.sequence }) {
            guard let descriptor = try? VP8PayloadDescriptor(parsing: packet.payload.span) else { return .notDecoded }
            octets.append(contentsOf: packet.payload[descriptor.count...])
        }
        guard let picture = decoder.decode(octets) else { return .notDecoded }
        let expected = PictureNumber(identity: identity, frame: mark.frame)
        return PictureNumber(reading: picture) == expected ? .right : .wrong
    }
}
