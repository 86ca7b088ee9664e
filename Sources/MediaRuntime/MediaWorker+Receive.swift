import DTLS
import DatagramIO
import Forwarding
import ICE
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// The road of a datagram, from the socket to its peer.
extension MediaWorker {
    /// Takes one datagram, which may be changed in place.
    package func receive(_ datagram: UnsafeMutableRawBufferPointer, on path: NetworkPath, now: MonotonicInstant) {
        counters.statistics.datagramsReceived &+= 1
        counters.statistics.octetsReceived &+= UInt64(datagram.count)
        let bytes = unsafe UnsafeBufferPointer(datagram.assumingMemoryBound(to: UInt8.self))
        switch unsafe DatagramKind(datagram: bytes.span) {
        case .rtp:
            guard
                let peer = validatedPeer(on: path)
                    ?? (unsafe reboundPeer(of: datagram, isRTCP: false, on: path, now: now))
            else { return counters.drops.count(.unvalidatedAddress) }
            unsafe receiveRTP(datagram, from: peer, on: path, now: now)
        case .rtcp:
            guard
                let peer = validatedPeer(on: path)
                    ?? (unsafe reboundPeer(of: datagram, isRTCP: true, on: path, now: now))
            else { return counters.drops.count(.unvalidatedAddress) }
            unsafe receiveRTCP(datagram, from: peer, on: path, now: now)
        case .stun: unsafe receiveSTUN(bytes.span, on: path, now: now)
        case .dtls: unsafe receiveDTLS(bytes.span, on: path, now: now)
        case .drop: counters.drops.count(.unknownProtocol)
        }
    }

    private func validatedPeer(on path: NetworkPath) -> Peer? {
        guard let index = peers.byPath[path] else { return nil }
        return peers[index]
    }

    private func receiveSTUN(_ bytes: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant) {
        var found = peers.byPath[path]
        // A check names its peer by the user name: an address may serve another peer than before. A name that is not
        // known any more may still be the consent of a path whose peer restarts ICE.
        if let fragment = STUNMessage.destinationUsernameFragment(of: bytes), let named = peers.byFragment[fragment] {
            found = named
        }
        guard let found, let peer = peers[found] else { return counters.drops.count(.unknownPeer) }
        scratch.removeAll(keepingCapacity: true)
        switch peer.transport.receiveSTUN(bytes, on: path, now: now, response: &scratch) {
        case .drop: return drop(.invalidSTUN, of: peer)
        case .answer: egress.send(scratch, to: Route(path))
        case .answerSelecting(let changed):
            egress.send(scratch, to: Route(path))
            if changed {
                let wasOpen = unsafe egress.peers[peer.index].pointee.isOpen
                followPath(of: peer, now: now)
                if wasOpen { wantKeyframes(afterMoveOf: peer, now: now) }
            }
        }
        // Where the peer waits for our ClientHello, its check was what that waited for.
        sendHandshake(of: peer)
        peers.takePaths(of: peer)
        // Only where this check came from: another of the peer's paths may serve somebody else by now.
        if peer.paths.contains(path) { peers.byPath[path] = peer.index }
        peer.lastHeard = now
        reschedule(peer)
    }

    /// Starts sending once both ICE has selected a path and DTLS is done, in either order; stops while there is no path.
    func followPath(of peer: Peer, now: MonotonicInstant) {
        let record = unsafe egress.peers[peer.index]
        holdPacing(of: peer, now: now)
        guard let path = peer.transport.selectedPath, let key = peer.transport.sealingKey, path != peer.stalledPath
        else {
            // Without consent nothing may be sent (RFC 7675 section 5.1); on a connection that is stalled it would only wait.
            return unsafe record.pointee.close()
        }
        let wasOpen = unsafe record.pointee.isOpen
        let isFirst = unsafe record.pointee.key == nil
        unsafe record.pointee.open(Route(path), key: key)
        if wasOpen { return }
        if !isFirst {
            for slot in peer.slots { router.interrupt(slot.subscription, now: now) }
        } else {
            keepHistory(of: peer)
            peer.nextReport = now + Self.firstReport
            beginEstimating(for: peer, now: now)
            events.append(.transportConnected(peer.transport.id))
        }
        for slot in peer.slots {
            if let fill = slot.fill {
                router.begin(slot.subscription, startsAtOnset: fill.startsAtOnset, output: egress, now: now)
            }
        }
        carryOutRequests(now: now)
    }

    private func receiveDTLS(_ bytes: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant) {
        guard let peer = validatedPeer(on: path) else { return counters.drops.count(.unvalidatedAddress) }
        // After the handshake nothing is costly any more: what was sent in the session need not wait behind handshakes.
        guard !peer.transport.isEstablished else { return takeDTLS(bytes, of: peer, on: path, now: now) }
        guard let copy = try? bytes.bytes(bytes.count, at: 0) else { return }
        let entry = HandshakeQueue.Entry(peer: peer.transport.id, datagram: copy, path: path)
        if !handshakes.append(entry) { drop(.handshakeQueueFull, of: peer) }
    }

    /// Does this turn's share of the handshake steps that wait.
    func runHandshakes(now: MonotonicInstant) {
        var steps = 0
        while steps < Self.handshakesPerTurn, let entry = handshakes.popFirst() {
            guard let peer = peers[entry.peer] else { continue }
            steps += 1
            takeDTLS(entry.datagram.span, of: peer, on: entry.path, now: now)
        }
    }

    private func takeDTLS(_ datagram: Span<UInt8>, of peer: Peer, on path: NetworkPath, now: MonotonicInstant) {
        let dropped = peer.transport.receiveDTLS(datagram, on: path, now: now)
        if dropped > 0 { drop(.dtlsRecord, of: peer, by: UInt64(dropped)) }
        settleHandshake(of: peer, now: now)
    }

    /// Sends what the handshake has to say and follows its outcome.
    func settleHandshake(of peer: Peer, now: MonotonicInstant) {
        sendHandshake(of: peer)
        if let reason = peer.transport.ending { return close(peer, because: reason) }
        followPath(of: peer, now: now)
        reschedule(peer)
    }

    func sendHandshake(of peer: Peer) {
        guard let path = peer.transport.handshakePath else { return }
        let route = Route(path)
        while let datagram = peer.transport.nextHandshakeDatagram() { egress.send(datagram, to: route) }
    }

    /// Runs what is due for a peer.
    func handleTimeout(of peer: Peer, now: MonotonicInstant) {
        if let due = peer.transport.nextTimeout, due <= now {
            let former = peer.transport.selectedPath
            peer.transport.handleTimeout(now: now)
            settleHandshake(of: peer, now: now)
            if let former, let path = peer.transport.selectedPath, path != former {
                wantKeyframes(afterMoveOf: peer, now: now)
            }
            guard peers[peer.index] != nil else { return }
        }
        if peer.transport.isEstablished {
            tellSilence(of: peer, now: now)
            sendReports(of: peer, now: now)
            estimate(for: peer, now: now)
        }
        reschedule(peer)
    }
}
