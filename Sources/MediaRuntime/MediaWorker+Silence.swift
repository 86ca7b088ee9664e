import MediaControl
import Primitives
import Transport

// Whether anything comes from a peer: the control plane frees the place of one whose signaling is gone as well.
extension MediaWorker {
    /// Nothing authentic for so long is told as silence. A viewer of an empty stage sends nothing but checks, every 4 to
    /// 6 s (RFC 7675 section 5.1); everybody else sends RTCP every second.
    static let silence = Duration.seconds(7)

    /// Tells that the peer has fallen silent, or is heard again; called with its reports, every second.
    func tellSilence(of peer: Peer, now: MonotonicInstant) {
        let isSilent = now - peer.lastHeard >= Self.silence
        guard isSilent != peer.isSilent else { return }
        peer.isSilent = isSilent
        events.append(.transportSilent(peer.transport.id, isSilent))
    }
}
