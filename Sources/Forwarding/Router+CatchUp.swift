import Primitives
import RTP

// Subscriptions whose cursor is behind the head: those that begin with the last keyframe, out of the track's buffer, or ask for
// a new one where that is too much.
extension Router {
    /// Gets video, or audio, into a subscription that begins to carry its track.
    ///
    /// - Parameter startsAtOnset: audio begins with the first word, though that was spoken before.
    package func begin(
        _ index: SubscriptionIndex, startsAtOnset: Bool, output: some PacketOutput, now: MonotonicInstant
    ) {
        guard let track = track(of: index) else { return }
        guard track.kind == .video else {
            if startsAtOnset { catchUpSpeech(index, with: track, output: output, now: now) }
            return
        }
        let encoding = target(of: index)
        if let encoding,
            catchUp(index, with: track, encoding, atMost: prompt(index, output), output: output, now: now)
        {
            return
        }
        if let encoding {
            encoding.keyframes.wantForViewer(at: now)
            request(.askForKeyframes(track.origin))
        }
        catchUps.wait(.init(subscription: index, track: track.id, since: now, due: now + CatchUps.patience))
        waitForSmaller(index, of: track, now: now)
    }

    /// Octets of a run that a subscription is sent at once.
    private func prompt(_ index: SubscriptionIndex, _ output: some PacketOutput) -> Int {
        unsafe min(
            KeyframeCache.promptOctets, output.runOctets(for: subscriptions[index].pointee.sink, isPatient: false))
    }

    /// Has a subscription without a picture get a smaller encoding after a moment.
    private func waitForSmaller(_ index: SubscriptionIndex, of track: PublishedTrack, now: MonotonicInstant) {
        guard track.ladder.rungs.count > 1 else { return }
        catchUps.wait(
            .init(
                purpose: .smaller, subscription: index, track: track.id, since: now,
                due: now + CatchUps.patienceForLargest))
    }

    /// Takes a viewer's request for a keyframe (PLI or FIR).
    ///
    /// - Parameter roundTrip: to the viewer.
    package func wantKeyframe(for index: SubscriptionIndex, roundTrip: Duration, now: MonotonicInstant) {
        guard let track = track(of: index), track.kind == .video, let target = target(of: index) else { return }
        // What is shown is what was lost; that a keyframe of another target is wanted is known.
        let current = unsafe subscriptions[index].pointee.currentEncoding.flatMap { track.index(of: $0) }
        let encoding = current.flatMap { track.isFlowing($0, at: now) ? track[$0] : nil } ?? target
        // The picture is on its way already.
        guard !isBehind(index) else { return }
        encoding.keyframes.want(byViewerAt: now, roundTrip: roundTrip)
        guard encoding.keyframes.nextTimeout != nil else { return }
        request(.askForKeyframes(track.origin))
        // A publisher that does not listen (OBS over WHIP) sends its next keyframe when it pleases.
        catchUps.wait(.init(subscription: index, track: track.id, since: now, due: now + CatchUps.patienceOfTheLost))
    }

    /// The encoding that a subscription shall get; `nil` before the first packet, which begins a keyframe or has one asked for.
    /// A request that came earlier would be lost on the publisher, and delay the next.
    package func target(of index: SubscriptionIndex) -> PublishedEncoding? {
        unsafe subscriptions[index].pointee.target.flatMap { encodings[$0] }
    }

    /// Whether a subscription is still sent what had come before.
    package func isBehind(_ index: SubscriptionIndex) -> Bool {
        guard let current = unsafe subscriptions[index].pointee.currentEncoding, let encoding = encodings[current]
        else {
            return false
        }
        guard unsafe subscriptions[index].pointee.rest != .none else { return false }
        return unsafe subscriptions[index].pointee.isBehind(encoding.buffer.highest &+ 1)
    }

    /// Sets the cursor to the last keyframe of an encoding.
    ///
    /// - Returns: whether that was possible.
    private func catchUp(
        _ index: SubscriptionIndex, with track: PublishedTrack, _ encoding: PublishedEncoding, atMost limit: Int,
        output: some PacketOutput, now: MonotonicInstant
    ) -> Bool {
        let record = unsafe subscriptions[index]
        guard catchUps.hasCapacity, track.isOpen, unsafe output.isOpen(record.pointee.sink),
            let group = encoding.cache.group(in: encoding.buffer, awaited: encoding.missing.count),
            group.octets <= limit, let first = unsafe encoding.buffer.find(group.first),
            let newest = unsafe encoding.buffer.find(group.highest)
        else { return false }
        unsafe resolve(index, payloadType: first.pointee.payloadType, of: track)
        guard unsafe record.pointee.canDecode else { return true }
        let closest = unsafe encoding.buffer.leastStep(from: first, to: newest)
        let distance = unsafe distance(to: record, from: encoding, in: track)
        let lane = unsafe record.pointee.target == encoding.id ? record.pointee.targetLane : .everything
        unsafe record.pointee.setNextLane(lane, id: encoding.keepLane(lane))
        unsafe record.pointee.beginCatchUp(
            of: encoding.id, from: encoding.placed(first.pointee, in: lane),
            to: encoding.placed(newest.pointee, in: lane), closest: closest, distance: distance, now: now)
        unsafe output.begin(runOctets: group.octets, for: record.pointee.sink)
        unsafe join(record, index, .catchUp, at: now)
        catchUpCount &+= 1
        return true
    }

    /// Sets the cursor to a little before the first sound of the speech that has just begun.
    private func catchUpSpeech(
        _ index: SubscriptionIndex, with track: PublishedTrack, output: some PacketOutput, now: MonotonicInstant
    ) {
        let record = unsafe subscriptions[index]
        guard catchUps.hasCapacity, track.isOpen, unsafe output.isOpen(record.pointee.sink),
            let onset = track.speech.onset, now - onset <= CatchUps.longestSpeech, let encoding = target(of: index),
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
        unsafe resolve(index, payloadType: first.pointee.payloadType, of: track)
        guard unsafe record.pointee.canDecode else { return }
        unsafe record.pointee.beginCatchUp(of: encoding.id, from: first.pointee, to: newest.pointee, now: now)
        unsafe join(record, index, .catchUp, at: now)
    }

    /// Sends the next part to every subscription that is behind, and helps those who have waited in vain.
    package func continueCatchUps(output: some PacketOutput, now: MonotonicInstant) {
        for entry in catchUps.takeDue(at: now) { help(entry, output: output, now: now) }
        serveTurned(output: output, now: now)
        guard let due = catchUps.nextStep, due <= now else { return }
        var place = 0
        while place < catchUps.active.count {
            let index = catchUps.active[place]
            if subscriptions.contains(index), advance(index, output: output, now: now) {
                place += 1
            } else {
                let rest = unsafe subscriptions.contains(index) ? subscriptions[index].pointee.rest : .lag
                catchUps.remove(at: place, rest)
                if subscriptions.contains(index) { unsafe subscriptions[index].pointee.rest = .none }
            }
        }
        catchUps.nextStep = catchUps.active.isEmpty ? nil : now + CatchUps.interval
        settleSwitched()
    }

    /// Has a subscription be sent the rest of the buffer in parts.
    func join(
        _ record: UnsafeMutablePointer<Subscription>, _ index: SubscriptionIndex, _ rest: Subscription.Rest,
        at due: MonotonicInstant
    ) {
        guard unsafe record.pointee.rest == .none else {
            catchUps.nextStep = earliest(catchUps.nextStep, due)
            return
        }
        unsafe record.pointee.rest = rest
        catchUps.begin(index, rest, at: due)
    }

    /// Serves the subscriptions in `CatchUps.turned` out of the buffer; those for which that is too much wait for a keyframe.
    private func serveTurned(output: some PacketOutput, now: MonotonicInstant) {
        guard !catchUps.turned.isEmpty else { return }
        let turned = catchUps.turned
        catchUps.turned.removeAll(keepingCapacity: true)
        for index in turned {
            guard subscriptions.contains(index), let track = track(of: index), let encoding = target(of: index)
            else { continue }
            let current = unsafe subscriptions[index].pointee.currentEncoding
            guard current != encoding.id else { continue }
            guard catchUps.hasCapacity else {
                catchUps.turned.append(index)
                continue
            }
            // Without a picture, or with one that has stopped, more is worth sending.
            let isShown = current.flatMap { track.index(of: $0) }.map { track.isFlowing($0, at: now) } ?? false
            let limit = isShown ? min(CatchUps.octetsDown, prompt(index, output)) : prompt(index, output)
            if catchUp(index, with: track, encoding, atMost: limit, output: output, now: now) { continue }
            encoding.keyframes.want(at: now)
            request(.askForKeyframes(track.origin))
            if current == nil { waitForSmaller(index, of: track, now: now) }
        }
    }

    /// Begins with the largest encoding below the target that has a run short enough.
    private func takeSmaller(_ index: SubscriptionIndex, output: some PacketOutput, now: MonotonicInstant) {
        guard let track = track(of: index), let target = target(of: index),
            let rank = track.index(of: target.id).flatMap({ track.ladder.rank(of: $0) }),
            unsafe subscriptions[index].pointee.currentEncoding == nil
        else { return }
        for rung in track.ladder.rungs[..<rank].reversed() where rung.isFlowing {
            let encoding = track[rung.encoding]
            let limit = min(CatchUps.octetsDown, prompt(index, output))
            guard !catchUp(index, with: track, encoding, atMost: limit, output: output, now: now) else { return }
        }
    }

    /// Goes up to the target out of the buffer, as its publisher has not sent the keyframe that was asked for. A long run would cost
    /// the viewer's link more than the larger picture is worth before the publisher's next keyframe.
    private func takeLarger(
        _ entry: CatchUps.Waiting, of track: PublishedTrack, _ encoding: PublishedEncoding,
        output: some PacketOutput, now: MonotonicInstant
    ) {
        let record = unsafe subscriptions[entry.subscription]
        guard unsafe record.pointee.currentEncoding != nil, let since = unsafe record.pointee.waitingSince else {
            return
        }
        var again = entry
        again.due = since + CatchUps.patienceOfTheLost
        if now < again.due { return catchUps.wait(again) }
        let limit = prompt(entry.subscription, output)
        let isServed = catchUp(
            entry.subscription, with: track, encoding, atMost: limit, output: output, now: now)
        guard !isServed, !catchUps.hasCapacity else { return }
        again.due = now + CatchUps.patience
        catchUps.wait(again)
    }

    /// Ends a lag that has become too long: the subscription goes on with a new keyframe.
    private func giveUp(
        _ record: UnsafeMutablePointer<Subscription>, _ index: SubscriptionIndex, in encoding: PublishedEncoding,
        of track: PublishedTrack, now: MonotonicInstant
    ) {
        unsafe record.pointee.interrupt()
        unsafe record.pointee.aim(at: record.pointee.target, now: now)
        unsettled.append(track)
        guard let target = target(of: index) else { return }
        target.keyframes.want(at: now)
        request(.askForKeyframes(track.origin))
        catchUps.wait(.init(subscription: index, track: track.id, since: now, due: now + CatchUps.patience))
    }

    private func help(_ entry: CatchUps.Waiting, output: some PacketOutput, now: MonotonicInstant) {
        guard subscriptions.contains(entry.subscription), let track = track(of: entry.subscription),
            track.id == entry.track, let encoding = target(of: entry.subscription), !isBehind(entry.subscription)
        else { return }
        switch entry.purpose {
        case .smaller: return takeSmaller(entry.subscription, output: output, now: now)
        case .larger: return takeLarger(entry, of: track, encoding, output: output, now: now)
        case .longRun: break
        }
        let record = unsafe subscriptions[entry.subscription]
        let current = unsafe record.pointee.currentEncoding
        let showsOther = current != nil && current != encoding.id
        // Whoever has a smaller picture can wait for the keyframe as long as one that has lost its own.
        let latest = entry.since + CatchUps.patienceOfTheLost
        if showsOther, now < latest {
            var again = entry
            again.due = latest
            return catchUps.wait(again)
        }
        let isWaiting = current == nil || showsOther
        // One that shows something lost its picture; a keyframe since then has given it back.
        guard isWaiting || encoding.cache.lastKeyframe.map({ $0 < entry.since }) ?? false else { return }
        if let last = unsafe record.pointee.lastCatchUp, now - last < CatchUps.slotInterval, !isWaiting { return }
        let limit = unsafe min(
            KeyframeCache.maximumOctets, output.runOctets(for: record.pointee.sink, isPatient: true))
        let isServed = catchUp(
            entry.subscription, with: track, encoding, atMost: limit, output: output, now: now)
        if isServed { return }
        guard !catchUps.hasCapacity else { return }
        var again = entry
        again.due = now + CatchUps.patience
        catchUps.wait(again)
    }

    /// Moves a cursor on towards the head, by one budget.
    ///
    /// - Returns: whether there is more to come.
    private func advance(_ index: SubscriptionIndex, output: some PacketOutput, now: MonotonicInstant) -> Bool {
        let record = unsafe subscriptions[index]
        guard let current = unsafe record.pointee.currentEncoding, let encoding = encodings[current],
            let track = tracks[encoding.track], unsafe output.isOpen(record.pointee.sink)
        else { return false }
        var next = unsafe record.pointee.next
        var budget = unsafe min(CatchUps.octetsPerStep, output.chunk(for: record.pointee.sink))
        let end = encoding.sendableEnd
        while next < end, budget > 0 {
            defer { next &+= 1 }
            guard let stored = unsafe encoding.buffer.find(next),
                var view = unsafe encoding.view(of: stored.pointee, in: record.pointee.lane)
            else { continue }
            if unsafe record.pointee.rest == .lag, now - view.arrival > CatchUps.longestLag {
                unsafe giveUp(record, index, in: encoding, of: track, now: now)
                return false
            }
            unsafe withUnsafeMutablePointer(to: &view) { packet in
                var outcome = unsafe record.pointee.offerCatchUp(packet.pointee)
                if case .unknownPayloadType = outcome {
                    unsafe resolve(index, payloadType: packet.pointee.payloadType, of: track)
                    outcome = unsafe record.pointee.offerCatchUp(packet.pointee)
                }
                guard case .send(let numbers) = outcome else { return }
                let entry = unsafe PendingPacket(
                    encoding: current, packet: packet, payload: encoding.buffer.payload(of: stored))
                unsafe output.send(entry, as: numbers, through: record)
                budget -= unsafe packet.pointee.payloadCount
            }
        }
        guard next >= end, end == encoding.head else { return true }
        unsafe record.pointee.endCatchUp(at: end)
        unsafe noteSwitch(of: record, in: track)
        return false
    }
}
