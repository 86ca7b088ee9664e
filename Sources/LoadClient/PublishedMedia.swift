import Client
import Primitives
import RTP

/// The peer of a publisher, with the publications and payload types of its audio and video.
struct PublishedMedia {
    let peer: ClientPeer
    /// Publications, by kind, with their payload types; `nil` where the server takes none.
    let audio: (publication: Int, payloadType: UInt8)?
    let video: (publication: Int, payloadType: UInt8)?

    init(peer: ClientPeer) {
        self.peer = peer
        func find(_ codec: Codec) -> (publication: Int, payloadType: UInt8)? {
            for (index, section) in peer.parameters.publications.enumerated() {
                if let mapping = section.payloads.first(where: { $0.format.codec == codec }) {
                    return (index, mapping.payloadType)
                }
            }
            return nil
        }
        audio = find(.opus)
        video = find(.vp8)
    }
}

/// Sends media of a peer as time goes on. Confined to its thread.
protocol MediaPublisher: AnyObject {
    /// When `send` is to be called next.
    var nextDue: MonotonicInstant { get }
    /// Sends the packets that are due.
    func send(now: MonotonicInstant, ledger: inout SendLedger)
    /// The server wants a keyframe of an encoding of the pictures.
    func requestKeyframe(encoding: Int)
}
