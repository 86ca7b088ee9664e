import Forwarding
import MediaControl
import Primitives
import RTP

// A picture for those who begin to watch: the last keyframe and what has come since, out of the track's buffer, or a new
// keyframe where that is too much.
extension MediaWorker {
    /// Gets a picture, or the sound, into a slot that begins to carry the track.
    ///
    /// - Parameter startsAtOnset: sound begins with the first word, though that was spoken before.
    func begin(_ track: PublishedTrack, in record: SubscriptionIndex, startsAtOnset: Bool, now: MonotonicInstant) {
        guard track.kind == .video else {
            if startsAtOnset { catchUpSpeech(record, with: track, now: now) }
            return
        }
        if catchUp(record, with: track, atMost: KeyframeCache.promptOctets, now: now) { return }
        wantKeyframe(of: track, now: now)
        catchUps.wait(.init(subscription: record, track: track.id, since: now, due: now + CatchUps.patience))
    }

    /// Takes a viewer's request for a keyframe (PLI or FIR).
    func wantKeyframe(of track: PublishedTrack, in record: SubscriptionIndex, of peer: Peer, now: MonotonicInstant) {
        guard track.kind == .video, let encoding = track.keyframeEncoding, let publisher = publisher(of: track) else {
            return
        }
        // The picture is on its way already.
        guard unsafe subscriptions[record].pointee.catchUpNext == nil else { return }
        encoding.keyframes.want(byViewerAt: now, roundTrip: peer.roundTrip.value)
        guard encoding.keyframes.nextTimeout != nil else { return }
        peers.schedule(publisher, at: now)
        // A publisher that does not listen (OBS over WHIP) sends its next keyframe when it pleases.
        catchUps.wait(.init(subscription: record, track: track.id, since: now, due: now + CatchUps.patienceOfTheLost))
    }

    /// Begins to send the slot what has come since the last keyframe.
    ///
    /// - Returns: whether that was possible.
    private func catchUp(
        _ record: SubscriptionIndex, with track: PublishedTrack, atMost limit: Int, now: MonotonicInstant
    ) -> Bool {
        let down = unsafe subscriptions[record]
        guard catchUps.hasCapacity, track.isOpen, unsafe isOpen(down),
            let chosen = track.chosenEncoding
        else { return false }
        let encoding = track[chosen]
        guard
            let run = encoding.cache.run(in: encoding.buffer, awaited: encoding.missing.count), run.octets <= limit,
            let first = unsafe encoding.buffer.find(run.first),
            let newest = unsafe encoding.buffer.find(run.highest)
        else { return false }
        unsafe resolve(down, payloadType: first.pointee.payloadType, of: track)
        guard unsafe down.pointee.canDecode else { return true }
        let closest = unsafe encoding.buffer.leastStep(from: first, to: newest)
        unsafe down.pointee.beginCatchUp(
            of: encoding.id, from: first.pointee, to: newest.pointee, closest: closest, now: now)
        catchUps.begin(record, now: now)
        statistics.catchUps &+= 1
        return true
    }

    /// Begins to send the slot the speech that has just begun, from a little before its first sound on.
    private func catchUpSpeech(_ record: SubscriptionIndex, with track: PublishedTrack, now: MonotonicInstant) {
        let down = unsafe subscriptions[record]
        guard catchUps.hasCapacity, track.isOpen, unsafe isOpen(down),
            let onset = track.speech.onset, now - onset <= CatchUps.longestSpeech, let encoding = track.encodings.first,
            let newest = unsafe encoding.buffer.find(encoding.buffer.highest)
        else { return }
        let start = onset - CatchUps.beforeSpeech
        var first = unsafe newest
        var sequence = encoding.buffer.highest
        while sequence > 0, let packet = unsafe encoding.buffer.find(sequence - 1),
            unsafe packet.pointee.arrival >= start
        {
            unsafe first = packet
            sequence -= 1
        }
        unsafe resolve(down, payloadType: first.pointee.payloadType, of: track)
        guard unsafe down.pointee.canDecode else { return }
        unsafe down.pointee.beginCatchUp(of: encoding.id, from: first.pointee, to: newest.pointee, now: now)
        catchUps.begin(record, now: now)
    }

    /// Sends the next part to every slot that is being caught up, and helps those who have waited in vain.
    func continueCatchUps(now: MonotonicInstant) {
        for entry in catchUps.takeDue(at: now) { help(entry, now: now) }
        guard let due = catchUps.nextStep, due <= now else { return }
        var index = 0
        while index < catchUps.active.count {
            let record = catchUps.active[index]
            if subscriptions.contains(record), unsafe continueCatchUp(of: subscriptions[record], now: now) {
                index += 1
            } else {
                catchUps.active.swapAt(index, catchUps.active.count - 1)
                catchUps.active.removeLast()
            }
        }
        catchUps.nextStep = catchUps.active.isEmpty ? nil : now + CatchUps.interval
    }

    private func help(_ entry: CatchUps.Waiting, now: MonotonicInstant) {
        guard subscriptions.contains(entry.subscription), let track = trackByID[entry.track],
            track.subscribers.contains(where: { $0.subscription == entry.subscription }),
            let encoding = track.keyframeEncoding
        else { return }
        let down = unsafe subscriptions[entry.subscription]
        guard unsafe down.pointee.catchUpNext == nil else { return }
        let isWaiting = unsafe down.pointee.currentEncoding == nil
        // One that shows something lost its picture; a keyframe since then has given it back.
        guard isWaiting || encoding.cache.lastKeyframe.map({ $0 < entry.since }) ?? false else { return }
        if let last = unsafe down.pointee.lastCatchUp, now - last < CatchUps.slotInterval, !isWaiting { return }
        if catchUp(entry.subscription, with: track, atMost: KeyframeCache.maximumOctets, now: now) { return }
        guard !catchUps.hasCapacity else { return }
        var again = entry
        again.due = now + CatchUps.patience
        catchUps.wait(again)
    }

    /// Sends the slot its next part.
    ///
    /// - Returns: whether there is more to come.
    private func continueCatchUp(of down: UnsafeMutablePointer<Subscription>, now: MonotonicInstant) -> Bool {
        guard var next = unsafe down.pointee.catchUpNext, let current = unsafe down.pointee.currentEncoding,
            let encoding = encodingByID[current], let track = trackByID[encoding.track]
        else { return false }
        guard case .peer(let index, _) = unsafe down.pointee.sink else { return false }
        let peer = unsafe egress.peers[index]
        guard unsafe peer.pointee.isOpen else { return false }
        var budget = CatchUps.octetsPerStep
        // What waits for the fan-out is not sent twice.
        let highest = track.highestForwarded(of: encoding)
        while next <= highest, budget > 0 {
            defer { next &+= 1 }
            guard let packet = unsafe encoding.buffer.find(next) else { continue }
            var outcome = unsafe down.pointee.offerCatchUp(packet.pointee)
            if case .unknownPayloadType = outcome {
                unsafe resolve(down, payloadType: packet.pointee.payloadType, of: track)
                outcome = unsafe down.pointee.offerCatchUp(packet.pointee)
            }
            guard case .send(let numbers) = outcome else { continue }
            let entry = unsafe PendingPacket(
                encoding: current, packet: packet, payload: encoding.buffer.payload(of: packet))
            unsafe egress.send(entry, as: numbers, through: down, to: peer)
            budget -= unsafe packet.pointee.payloadCount
        }
        guard next > highest else { return true }
        unsafe down.pointee.endCatchUp()
        unsafe noteSwitch(of: down, now: now)
        return false
    }

    /// Whether anything may be sent through the subscription now.
    private func isOpen(_ subscription: UnsafeMutablePointer<Subscription>) -> Bool {
        guard case .peer(let index, _) = unsafe subscription.pointee.sink else { return false }
        return unsafe egress.peers[index].pointee.isOpen
    }
}
