import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

// What the path to a viewer carries: feedback goes to the viewer's estimator, whose target the pacer and the allocation follow.
extension MediaWorker {
    /// Octets in front of each datagram's payload on the path: UDP, or TCP with the frame's length, and IPv4 or IPv6.
    private static func overhead(of path: NetworkPath?) -> Int {
        (path?.remote.family == .v6 ? 40 : 20) + (path?.isTCP == true ? 22 : 8)
    }

    /// Begins to estimate, once media can be sent to the peer.
    func beginEstimating(for peer: Peer, now: MonotonicInstant) {
        guard let estimation, peer.bandwidth == nil, !peer.slots.isEmpty else { return }
        peer.bandwidth = PeerBandwidth(estimation, recorder: recorder(of: peer, estimation, now: now), now: now)
        unsafe egress.peers[peer.index].pointee.pacing = PacingBudget(
            rate: Double(estimation.start.bitsPerSecond) * PacingBudget.startFactor, credit: PacingBudget.startCredit)
        if peer.isHeld { unsafe egress.peers[peer.index].pointee.pacing.hold(now: now) }
        followEstimate(of: peer, now: now)
    }

    /// Takes transport-wide feedback of a viewer.
    func noteFeedback(_ feedback: TransportFeedback, from peer: Peer, now: MonotonicInstant) {
        guard let history = peer.transport.history else { return }
        let next = unsafe egress.peers[peer.index].pointee.transportSequence
        guard let bandwidth = peer.bandwidth else { return history.note(feedback, next: next, now: now) }
        let overhead = Self.overhead(of: peer.transport.selectedPath)
        noteSent(to: peer, overhead: overhead, now: now)
        let batch = feedbackBatch
        batch.removeAll()
        history.note(feedback, next: next, now: now) { outcome in
            batch.append(
                sequence: outcome.sequence, sentAt: outcome.sentAt, arrival: outcome.arrival,
                octets: outcome.octets &+ overhead, kind: outcome.kind, cluster: outcome.cluster)
        }
        bandwidth.estimator.feedback(batch, now: now)
        follow(bandwidth, of: peer, now: now)
    }

    /// Takes a REMB of a viewer.
    func noteLimit(_ rate: Bitrate, from peer: Peer, now: MonotonicInstant) {
        guard peer.bandwidth != nil else { return }
        peer.bandwidth?.estimator.remb(rate, now: now)
        followEstimate(of: peer, now: now)
    }

    /// Takes what a viewer without transport-wide feedback reports about its slots.
    func noteLoss(_ blocks: [ReportBlock], from peer: Peer, now: MonotonicInstant) {
        guard peer.bandwidth != nil, peer.transport.history == nil else { return }
        var loss = 0.0
        var upstream = 0.0
        var count = 0.0
        for block in blocks {
            guard let slot = slot(block.ssrc, of: peer) else { continue }
            let current = unsafe router.subscriptions[peer.slots[slot].subscription].pointee.currentEncoding
            loss += Double(block.fractionLost) / 256
            upstream += Double(current.flatMap { router.encodings[$0]?.fractionLost } ?? 0) / 256
            count += 1
        }
        guard count > 0 else { return }
        peer.bandwidth?.estimator.receiverReport(
            loss: loss / count, upstreamLoss: upstream / count, roundTrip: peer.roundTrip.value, now: now)
        followEstimate(of: peer, now: now)
    }

    /// Paces what leaves at the target's rate, or at that of what was allocated where it is more: what is to be sent must be able to.
    private func setPace(of peer: Peer, _ bandwidth: PeerBandwidth, _ target: PathTarget, now: MonotonicInstant) {
        let isDraining = target.residualDelay > PacingBudget.drainDelay
        let factor = isDraining ? PacingBudget.drainFactor : PacingBudget.factor
        let given = Double(bandwidth.given.bitsPerSecond) * factor
        unsafe egress.peers[peer.index].pointee.pacing.set(
            rate: max(Double(target.pacing.bitsPerSecond), given), now: now)
    }

    /// Tells the estimator what has left since it was told last.
    ///
    /// - Parameter overhead: see `overhead(of:)`.
    private func noteSent(to peer: Peer, overhead: Int, now: MonotonicInstant) {
        guard peer.transport.history != nil else { return }
        let sent = unsafe egress.peers[peer.index].pointee.takeSent()
        guard sent.packets > 0 else { return }
        peer.bandwidth?.estimator.sent(
            octets: sent.octets &+ overhead &* sent.packets, packets: sent.packets, now: now)
    }

    /// Calls the estimator where it is due, and goes on with a probe.
    func estimate(for peer: Peer, now: MonotonicInstant) {
        guard let bandwidth = peer.bandwidth, bandwidth.nextTimeout <= now else { return }
        if bandwidth.next <= now {
            noteSent(to: peer, overhead: Self.overhead(of: peer.transport.selectedPath), now: now)
            bandwidth.estimator.timeout(now: now)
            bandwidth.next = now + PeerBandwidth.interval
            follow(bandwidth, of: peer, now: now)
        }
        continueProbe(of: peer, now: now)
    }

    /// Has the pacer and the allocation follow what is estimated now, and begins a probe where one is wanted.
    private func followEstimate(of peer: Peer, now: MonotonicInstant) {
        guard let bandwidth = peer.bandwidth else { return }
        follow(bandwidth, of: peer, now: now)
    }

    private func follow(_ bandwidth: PeerBandwidth, of peer: Peer, now: MonotonicInstant) {
        let target = bandwidth.estimator.currentTarget(now: now)
        defer { setPace(of: peer, bandwidth, target, now: now) }
        if bandwidth.isAllocationDue(target, now: now) {
            allocate(target, to: peer, now: now)
            carryOutRequests(now: now)
        }
        tellQuality(of: peer, target, now: now)
        if let probe = bandwidth.probe, !probe.isComplete { return }
        // A probe is asked for only where a picture is wanted and it can be sent: else the first ones, which find the path's rate at once, would be used
        // up before the first picture, and the waits between the later ones would grow while nobody is on stage.
        guard bandwidth.wantsPicture, bandwidth.estimator.mayProbe(target), probingSlot(of: peer) != nil,
            let cluster = bandwidth.estimator.nextProbe(now: now)
        else { return }
        bandwidth.probe = ProbeRun(cluster, now: now)
        continueProbe(of: peer, now: now)
        reschedule(peer)
    }
}
