import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

// Which layer each slot of a viewer gets of what its path carries.
extension MediaWorker: AllocationObserver {
    package func encodingsChanged(of track: PublishedTrack, now: MonotonicInstant) {
        guard estimation != nil else { return }
        // By peer, not by subscription: one viewer may show a track twice.
        var known: Set<PeerIndex> = []
        for subscriber in track.subscribers {
            guard case .peer(let index, _) = subscriber.sink, known.insert(index).inserted, let peer = peers[index]
            else { continue }
            allocateAnew(to: peer, now: now)
        }
    }

    /// Divides what is estimated now among the peer's slots.
    func allocateAnew(to peer: Peer, now: MonotonicInstant) {
        guard let target = peer.bandwidth?.estimator.currentTarget(now: now) else { return }
        allocate(target, to: peer, now: now)
    }

    /// Octets in front of a payload on the path, and SRTP's tag behind it, as a part of what video carries; a safety for what changes
    /// from second to second included.
    static let headerFactor = 1.15
    /// The rate of an encoding that was not measured yet: so many bits a second for each sample of its picture.
    private static let bitsPerSample: Int64 = 2
    /// Where the size of the picture is not known either.
    private static let unknownRate = Bitrate.kilobits(500)
    /// The rate of one slot with sound, headers included: Opus at 32 kbit/s in packets of 20 ms.
    private static let audioRate = Bitrate.kilobits(60)
    /// A slot that was sent no sound for so long counts as silent.
    private static let audioSilence = Duration.seconds(1)

    /// Divides what is estimated among the peer's slots.
    func allocate(_ target: PathTarget, to peer: Peer, now: MonotonicInstant) {
        allocations.removeAll(keepingCapacity: true)
        allocatedSlots.removeAll(keepingCapacity: true)
        var audio: Int64 = 0
        var wanted: Int64 = 0
        var hasNew = false
        for slot in peer.slots.indices {
            let index = peer.slots[slot].subscription
            guard let track = router.track(of: index) else { continue }
            guard !track.isAudio else {
                // Nothing is kept free for who is muted or silent.
                let last = unsafe router.subscriptions[index].pointee.rewriter.last
                let isSilent = last.map { now - $0.at >= Self.audioSilence } ?? false
                if !isSilent { audio += Self.audioRate.bitsPerSecond }
                continue
            }
            let usable = router.usableEncodings(of: index)
            guard !usable.isEmpty else { continue }
            var allocation = peer.slots[slot].allocation
            if peer.slots[slot].allocatedTrack != track.id {
                allocation = SlotAllocation()
                peer.slots[slot].allocatedTrack = track.id
            }
            allocation.priority = router.demand(of: index)?.priority ?? 0
            let known = allocation.steps
            allocation.removeSteps()
            for encoding in usable {
                allocation.append(
                    Self.rate(of: track[encoding]), keyframeOctets: track[encoding].cache.keyframeOctets)
            }
            if allocation.steps > known { hasNew = true }
            // A publisher that sends less for want of viewers' room is to send more when there is room: probes go on.
            let natural = Double(track.limit.value.flatMap { _ in track.limit.natural }?.bitsPerSecond ?? 0)
            wanted += max(allocation.wanted, Int64(natural * Self.headerFactor))
            allocations.append(allocation)
            allocatedSlots.append(slot)
        }
        let all = Bitrate(bitsPerSecond: audio + wanted)
        peer.bandwidth?.wanted = all
        peer.bandwidth?.wantsPicture = !allocations.isEmpty
        peer.bandwidth?.estimator.allocated(all)
        peer.bandwidth?.allocation = PeerBandwidth.Allocation(at: now, estimate: target.estimate.bitsPerSecond)
        guard !allocations.isEmpty else { return }
        var target = target
        let least = audio + allocations.reduce(0) { $0 + $1.cost(0) }
        target.estimate = proven(target, least: Bitrate(bitsPerSecond: least), for: peer, now: now)
        // What is new begins with all that the estimate allows, so that a picture need not change a second later.
        let conditions = BandwidthAllocator.Conditions(
            target: target, audio: Bitrate(bitsPerSecond: audio), probed: hasNew ? target.estimate : nil)
        let needed = peer.bandwidth?.allocator.allocate(&allocations, conditions, now: now)
        if let needed { peer.bandwidth?.askForProbe(needed, now: now) }
        peer.bandwidth?.given = Bitrate(bitsPerSecond: audio + allocations.reduce(0) { $0 + $1.given })
        for place in allocations.indices { give(allocations[place], to: allocatedSlots[place], of: peer, now: now) }
    }

    /// What may be allocated: the estimate, or what evidently fits though it was not probed yet.
    ///
    /// - Parameter least: the rate of each slot's lowest layer and all sound.
    private func proven(_ target: PathTarget, least: Bitrate, for peer: Peer, now: MonotonicInstant) -> Bitrate {
        guard let bandwidth = peer.bandwidth else { return target.estimate }
        // REMB and receiver reports tell too little to stop a picture for.
        if peer.transport.history == nil { return max(target.estimate, least) }
        guard !target.isOverused, target.loss < BandwidthAllocator.excessLoss else { return target.estimate }
        var rate = target.estimate
        // A publisher's only encoding may need more than the first estimate: it is sent, and shows whether it fits.
        if now - bandwidth.begunAt < PeerBandwidth.trial { rate = max(rate, min(least, PeerBandwidth.mostAtTrial)) }
        // What arrives without a queue fits.
        let acknowledged = Bitrate(bitsPerSecond: Int64(bandwidth.estimator.acknowledgedRate ?? 0))
        return max(rate, min(acknowledged, bandwidth.given))
    }

    /// Has a slot get what was allocated to it.
    private func give(_ allocation: SlotAllocation, to slot: Int, of peer: Peer, now: MonotonicInstant) {
        let index = peer.slots[slot].subscription
        let before = peer.slots[slot].allocation
        peer.slots[slot].allocation = allocation
        guard let track = router.track(of: index) else { return }
        let wasPaused = router.isPaused(index)
        switch allocation.choice {
        case .step(let step):
            let usable = router.usableEncodings(of: index)
            guard usable.indices.contains(step) else { return }
            if case .step(let former) = before.choice, former != step, before.steps == allocation.steps {
                if step < former {
                    counters.statistics.layersLowered &+= 1
                } else {
                    counters.statistics.layersRaised &+= 1
                }
            }
            router.setCap(of: index, to: LayerChoice(encoding: usable[step]), now: now)
            guard wasPaused else { return }
            router.setPaused(index, false, now: now)
            events.append(.slotChanged(peer.transport.id, slot: slot, track.id, .playing))
            router.begin(index, startsAtOnset: false, output: egress, now: now)
        case .paused:
            guard !wasPaused else { return }
            router.setPaused(index, true, now: now)
            counters.statistics.pauses &+= 1
            events.append(.slotChanged(peer.transport.id, slot: slot, track.id, .pausedForBandwidth))
        }
    }

    /// The rate of an encoding as it is sent, headers included.
    private static func rate(of encoding: PublishedEncoding) -> Bitrate {
        if let measured = encoding.rate.value {
            return Bitrate(bitsPerSecond: Int64(Double(measured.bitsPerSecond) * headerFactor))
        }
        guard let size = encoding.pictureSize else { return unknownRate }
        return Bitrate(bitsPerSecond: Int64(size.width) * Int64(size.height) * bitsPerSample)
    }
}
