import Forwarding
import ICE
import MediaControl
import Primitives
import Transport

// A peer whose address changed, as when its NAT forgets the mapping. Its media comes from the new address at once, its next
// check only seconds later.
extension MediaWorker {
    /// The peer that media from an unknown address belongs to; `nil` where no peer proves it.
    ///
    /// Tried are the peers that own the packet's SSRC, and for RTCP, whose sender's SSRC says little (receivers all use 1),
    /// those that were reached at the same host and are silent. The peer's receiver must open the packet, and it must be
    /// newer than everything of its SSRC before.
    func reboundPeer(
        of datagram: UnsafeMutableRawBufferPointer, isRTCP: Bool, on path: NetworkPath, now: MonotonicInstant
    ) -> Peer? {
        // A TCP connection belongs to whom a check on it named.
        guard !path.isTCP else { return nil }
        let offset = isRTCP ? 4 : 8
        guard datagram.count >= offset + 4 else { return nil }
        let ssrc = unsafe UInt32(bigEndian: datagram.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let found = peers.search(now: now) { peer in
            guard peer.transport.isEstablished else { return false }
            return peer.sources[ssrc] != nil
                || isRTCP && now - peer.transport.lastHeard >= RebindingSearch.silence
                    && peer.paths.contains { $0.remote.isSameHost(as: path.remote) }
        } attempt: { peer in
            unsafe peer.transport.admitFreshMedia(datagram, isRTCP: isRTCP, on: path, now: now)
        }
        guard let peer = found else { return nil }
        peers.takePaths(of: peer)
        peers.byPath[path] = peer.index
        return peer
    }

    /// Asks at once for keyframes on both ends of what was lost while the path was no longer the peer's.
    func wantKeyframes(afterMoveOf peer: Peer, now: MonotonicInstant) {
        wantKeyframes(of: peer, now: now)
        for slot in peer.slots where slot.fill != nil {
            router.wantKeyframe(for: slot.subscription, roundTrip: peer.roundTrip.value, now: now)
        }
        carryOutRequests(now: now)
    }
}

extension TransportAddress {
    /// Whether the addresses differ in their ports at most.
    fileprivate func isSameHost(as other: TransportAddress) -> Bool {
        low == other.low && high == other.high && family == other.family && scope == other.scope
    }
}
