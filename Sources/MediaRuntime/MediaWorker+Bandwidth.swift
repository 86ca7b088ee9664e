import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

// What the path to a viewer carries: feedback goes to the viewer's estimator, whose target the pacer and the allocation follow.
extension MediaWorker {
    /// Octets in front of each datagram's payload on the path: UDP and IPv4 or IPv6.
    private static func overhead(of path: NetworkPath?) -> Int { path?.remote.family == .v6 ? 48 : 28 }

    /// Begins to estimate, once media can be sent to the peer.
    func beginEstimating(for peer: Peer, now: MonotonicInstant) {
        guard let estimation, peer.bandwidth == nil, !peer.slots.isEmpty else { return }
        peer.bandwidth = PeerBandwidth(estimation, recorder: recorder(of: peer, estimation, now: now), now: now)
        unsafe egress.peers[peer.index].pointee.pacing = PacingBudget(
            rate: Double(estimation.start.bitsPerSecond) * PacingBudget.startFactor, credit: PacingBudget.startCredit)
        followEstimate(of: peer, now: now)
    }

    /// Takes transport-wide feedback of a viewer.
    func noteFeedback(_ feedback: TransportFeedback, from peer: Peer, now: MonotonicInstant) {
        guard let history = peer.transport.history else { return }
        let next = unsafe egress.peers[peer.index].pointee.transportSequence
        guard peer.bandwidth != nil else { return history.note(feedback, next: next, now: now) }
        noteSent(to: peer, now: now)
        feedbackBatch.removeAll()
        let overhead = Self.overhead(of: peer.transport.selectedPath)
        history.note(feedback, next: next, now: now) { outcome in
            if feedbackBatch.isFull {
                peer.bandwidth?.estimator.feedback(feedbackBatch, now: now)
                feedbackBatch.removeAll()
            }
            feedbackBatch.append(PacketResult(outcome, overhead: overhead))
        }
        peer.bandwidth?.estimator.feedback(feedbackBatch, now: now)
        followEstimate(of: peer, now: now)
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
    private func setPace(of peer: Peer, _ target: PathTarget, now: MonotonicInstant) {
        let isDraining = target.residualDelay > PacingBudget.drainDelay
        let factor = isDraining ? PacingBudget.drainFactor : PacingBudget.factor
        let given = Double(peer.bandwidth?.given.bitsPerSecond ?? 0) * factor
        unsafe egress.peers[peer.index].pointee.pacing?.set(
            rate: max(Double(target.pacing.bitsPerSecond), given), now: now)
    }

    /// Tells the estimator what has left since it was told last.
    private func noteSent(to peer: Peer, now: MonotonicInstant) {
        guard peer.transport.history != nil else { return }
        let sent = unsafe egress.peers[peer.index].pointee.takeSent()
        guard sent.packets > 0 else { return }
        let overhead = Self.overhead(of: peer.transport.selectedPath) * sent.packets
        peer.bandwidth?.estimator.sent(octets: sent.octets + overhead, packets: sent.packets, now: now)
    }

    /// Calls the estimator where it is due, and goes on with a probe.
    func estimate(for peer: Peer, now: MonotonicInstant) {
        guard let due = peer.bandwidth?.nextTimeout, due <= now else { return }
        if let next = peer.bandwidth?.next, next <= now {
            noteSent(to: peer, now: now)
            peer.bandwidth?.estimator.timeout(now: now)
            peer.bandwidth?.next = now + PeerBandwidth.interval
            followEstimate(of: peer, now: now)
        }
        continueProbe(of: peer, now: now)
    }

    /// Has the pacer and the allocation follow what is estimated now, and begins a probe where one is wanted.
    private func followEstimate(of peer: Peer, now: MonotonicInstant) {
        guard let target = peer.bandwidth?.estimator.target(now: now) else { return }
        defer { setPace(of: peer, target, now: now) }
        if let isDue = peer.bandwidth?.isAllocationDue(target, now: now), isDue {
            allocate(target, to: peer, now: now)
            carryOutRequests(now: now)
        }
        tellQuality(of: peer, target, now: now)
        if let probe = peer.bandwidth?.probe, !probe.isComplete { return }
        // A probe is asked for only where a picture is wanted and it can be sent: else the first ones, which find the path's rate at once, would be used
        // up before the first picture, and the waits between the later ones would grow while nobody is on stage.
        guard peer.bandwidth?.wantsPicture == true, probingSlot(of: peer) != nil,
            let cluster = peer.bandwidth?.estimator.nextProbe(now: now)
        else { return }
        peer.bandwidth?.probe = ProbeRun(cluster, now: now)
        continueProbe(of: peer, now: now)
        reschedule(peer)
    }
}

extension PacketResult {
    init(_ outcome: SendHistory.Outcome, overhead: Int) {
        self.init(
            sequence: outcome.sequence, sentAt: outcome.sentAt,
            arrival: outcome.arrival.map { MonotonicInstant.zero + $0 },
            octets: outcome.octets + overhead, kind: outcome.kind, cluster: outcome.cluster)
    }
}
