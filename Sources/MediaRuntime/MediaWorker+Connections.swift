import CongestionControl
import DatagramIO
import Forwarding
import MediaControl
import Primitives
import Transport

// What becomes of the worker's TCP connections (Docs/Networks.md). Sound leaves as long as a connection takes anything; video
// waits where it is, in its publisher's buffer, while too much waits in front of the connection.
extension MediaWorker {
    /// Whether a peer has this path.
    package func knows(_ path: NetworkPath) -> Bool { peers.byPath.indices[path] != nil }

    /// Takes what changed of a connection.
    package func note(_ change: TCPConnections.Change, now: MonotonicInstant) {
        let path = change.path
        guard let index = peers.byPath[path], let peer = peers[index] else { return }
        if peer.congestedPath == path { peer.congestedPath = nil }
        if peer.stalledPath == path { peer.stalledPath = nil }
        switch change.flow {
        case .clear: break
        case .congested: peer.congestedPath = path
        case .stalled: peer.stalledPath = path
        case .closed:
            peer.transport.noteClosed(path)
            peers.takePaths(of: peer)
            peers.byPath[path] = nil
        }
        followPath(of: peer, now: now)
        reschedule(peer)
    }

    /// Holds what asks the pacer while the selected path is congested.
    func holdPacing(of peer: Peer, now: MonotonicInstant) {
        let shallHold = peer.congestedPath != nil && peer.congestedPath == peer.transport.selectedPath
        guard shallHold != peer.isHeld else { return }
        peer.isHeld = shallHold
        heldPeers += shallHold ? 1 : -1
        let record = unsafe egress.peers[peer.index]
        if shallHold {
            unsafe record.pointee.pacing.hold(now: now)
        } else {
            unsafe record.pointee.pacing.release(now: now)
        }
    }

    /// Takes what the connections count.
    func noteConnections(_ figures: TCPConnections.Figures) {
        counters.statistics.connections = figures.open
        counters.statistics.connectionOctetsWaiting = figures.waiting
        counters.statistics.connectionsClosed = Dictionary(
            uniqueKeysWithValues: figures.closed.map { ($0.key.rawValue, $0.value) })
        if figures.dropped > knownConnectionDrops {
            counters.drops.count(.connectionFull, by: figures.dropped - knownConnectionDrops)
        }
        knownConnectionDrops = figures.dropped
    }
}
