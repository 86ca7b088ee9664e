import Primitives
import RTP

// A packet's way through the router: stored once in its encoding's buffer, released at the end of the turn, or held with its frame.
extension Router {
    /// Keeps a packet in its encoding's buffer and has it wait for the fan-out.
    ///
    /// - Parameters:
    ///   - isLate: the packet fills a gap that viewers wait at.
    ///   - isRepeated: whether the packet came again, which does not prove that the source still sends.
    package func store(
        _ packet: StoredPacket, _ payload: Span<UInt8>, of encoding: PublishedEncoding, track: PublishedTrack,
        isLate: Bool, isRepeated: Bool, now: MonotonicInstant
    ) -> OnStore {
        guard payload.count <= PacketBuffer.maximumPayload else { return .tooLarge }
        if !isRepeated, !payload.isEmpty, packet.sequence > encoding.buffer.highest {
            encoding.activity.note(
                timestamp: packet.timestamp, isKeyframeStart: packet.isKeyframeStart, at: now)
            track.noteNewest(packet.timestamp, of: encoding, at: now)
        }
        var packet = packet
        if track.isOpaque {
            // Where keyframes have been seen there is no need to guess.
            let beginsFrame = packet.isBlindStart && packet.timestamp != encoding.lastTimestamp
            packet.isBlindStart = beginsFrame && !encoding.tellsKeyframes
            encoding.lastTimestamp = packet.timestamp
        }
        guard let stored = unsafe encoding.buffer.insert(packet, payload: payload) else { return .known }
        if !track.isAudio {
            unsafe encoding.noteInLanes(stored.pointee)
            unsafe encoding.cache.note(stored.pointee, in: encoding.buffer)
            if packet.isKeyframeStart {
                encoding.keyframes.keyframeBegan(at: now)
                encoding.tellsKeyframes = true
            } else if packet.isMarked, encoding.isUnknown {
                askForFirstKeyframe(of: encoding, track, now: now)
            }
        }
        let startsTrack = !track.hasStarted
        track.hasStarted = true
        let entry = unsafe PendingPacket(
            encoding: encoding.id, packet: stored, payload: encoding.buffer.payload(of: stored))
        if unsafe encoding.append(entry, isLate: isLate, at: now) {
            waiting.append(Waiting(track: track, encoding: encoding))
        }
        return .stored(startsTrack: startsTrack)
    }

    /// Asks for a keyframe of an encoding whose first one was lost whole: its size is known to nobody, so it would never be chosen.
    private func askForFirstKeyframe(of encoding: PublishedEncoding, _ track: PublishedTrack, now: MonotonicInstant) {
        guard track.encodings.count > 1, !track.isOpaque, track.isOpen, !track.subscribers.isEmpty else { return }
        encoding.keyframes.want(at: now)
        request(.askForKeyframes(track.origin))
    }

    /// Hands out the encodings whose packets are to leave now: all but frames that are held until their last packet. `forward`
    /// sends what waits to every subscriber.
    ///
    /// - Returns: how many packets were padded.
    package func release(now: MonotonicInstant, _ forward: (PublishedEncoding, PublishedTrack) -> Void) -> UInt64 {
        nextRelease = nil
        makeDueChoices(now: now)
        updateInterests(now: now)
        guard !waiting.isEmpty else { return 0 }
        for (place, entry) in waiting.enumerated() where place == 0 || waiting[place - 1].track !== entry.track {
            chooseTargets(of: entry.track, now: now)
        }
        var padded: UInt64 = 0
        // Subscriptions may switch to an encoding that begins with a keyframe, and what came of the others before leaves before.
        let starting = waiting.filter {
            $0.track.encodings.count > 1 && $0.encoding.hasPendingStart
                && $0.encoding.heldUntil(longest: frameHold, now: now) == nil
        }
        var held = 0
        for entry in waiting {
            let isStarting = !starting.isEmpty && starting.contains { $0.encoding === entry.encoding }
            let precedesStart = !starting.isEmpty && starting.contains { $0.track === entry.track }
            if isStarting { continue }
            if !precedesStart, let deadline = entry.encoding.heldUntil(longest: frameHold, now: now) {
                nextRelease = earliest(nextRelease, deadline)
                waiting[held] = entry
                held += 1
                continue
            }
            padded &+= forwardOut(entry, forward)
        }
        for entry in starting { padded &+= forwardOut(entry, forward) }
        waiting.removeLast(waiting.count - held)
        settleSwitched()
        return padded
    }

    /// Makes the lists fit after subscriptions have switched.
    func settleSwitched() {
        guard !unsettled.isEmpty else { return }
        for track in unsettled { settle(track) }
        unsettled.removeAll(keepingCapacity: true)
    }

    private func forwardOut(
        _ entry: Waiting, _ forward: (PublishedEncoding, PublishedTrack) -> Void
    ) -> UInt64 {
        let padded = entry.encoding.preparePending()
        forward(entry.encoding, entry.track)
        entry.encoding.finishPending()
        return padded
    }

    /// Moves a subscription on over packets of which its lane has none.
    ///
    /// - Returns: `false`, with nothing changed, where they must be offered one by one.
    package func passPending(
        of encoding: PublishedEncoding, lane: DecodeTarget, to index: SubscriptionIndex
    ) -> Bool {
        let record = unsafe subscriptions[index]
        guard unsafe record.pointee.currentEncoding == encoding.id, unsafe record.pointee.settledLane == lane.rawValue
        else {
            return false
        }
        unsafe record.pointee.pass(encoding.id, from: encoding.head, to: encoding.headBehindPending)
        return true
    }

    /// Offers the packets that wait one by one to a subscription that cannot take them as a whole.
    package func offerPending(
        of encoding: PublishedEncoding, _ track: PublishedTrack, to index: SubscriptionIndex,
        output: some PacketOutput
    ) {
        let record = unsafe subscriptions[index]
        let head = encoding.head
        let distance = unsafe distance(to: record, from: encoding, in: track)
        for place in unsafe encoding.pending.indices {
            let entry = unsafe encoding.pending[place]
            guard var view = unsafe self.view(of: entry.packet.pointee, of: encoding, for: record) else { continue }
            unsafe withUnsafeMutablePointer(to: &view) { packet in
                let entry = unsafe PendingPacket(encoding: encoding.id, packet: packet, payload: entry.payload)
                var outcome = unsafe record.pointee.offer(
                    packet.pointee, of: encoding.id, head: head, distance: distance)
                if case .unknownPayloadType = outcome {
                    unsafe resolve(index, payloadType: packet.pointee.payloadType, of: track)
                    outcome = unsafe record.pointee.offer(
                        packet.pointee, of: encoding.id, head: head, distance: distance)
                }
                switch outcome {
                case .send(let numbers): unsafe output.send(entry, as: numbers, through: record)
                case .tooOld:
                    encoding.keyframes.want(at: unsafe packet.pointee.arrival)
                    request(.askForKeyframes(track.origin))
                case .skip, .unknownPayloadType: break
                }
            }
        }
        unsafe record.pointee.pass(encoding.id, from: head, to: encoding.headBehindPending)
        // It began with a keyframe whose first packet came late.
        if unsafe record.pointee.currentEncoding == encoding.id, unsafe record.pointee.isBehind(head) {
            unsafe join(record, index, .catchUp, at: encoding.pending.last?.packet.pointee.arrival ?? .zero)
        }
        unsafe noteSwitch(of: record, in: track)
    }

    /// Leaves the packets that wait to the cursor of a subscription whose viewer's path takes no more now.
    package func fallBehind(
        _ index: SubscriptionIndex, in encoding: PublishedEncoding, _ track: PublishedTrack, now: MonotonicInstant
    ) {
        let record = unsafe subscriptions[index]
        let head = encoding.head
        let distance = unsafe distance(to: record, from: encoding, in: track)
        for place in unsafe encoding.pending.indices {
            let stored = unsafe encoding.pending[place].packet
            guard unsafe stored.pointee.isStart,
                let view = unsafe self.view(of: stored.pointee, of: encoding, for: record)
            else { continue }
            if unsafe !record.pointee.isResolved(for: view.payloadType) {
                resolve(index, payloadType: view.payloadType, of: track)
            }
            let isThere = unsafe record.pointee.wait(
                at: view, of: encoding.id, head: head, distance: distance)
            guard isThere else { continue }
            unsafe noteSwitch(of: record, in: track)
            break
        }
        guard unsafe record.pointee.currentEncoding == encoding.id else { return }
        unsafe join(record, index, .lag, at: now + CatchUps.interval)
    }

    /// Ticks from the clock of an encoding to that of the one that a subscription shows; `nil` where they are the same or it is
    /// not known.
    func distance(
        to record: UnsafeMutablePointer<Subscription>, from encoding: PublishedEncoding, in track: PublishedTrack
    ) -> UInt32? {
        guard let current = unsafe record.pointee.currentEncoding, current != encoding.id,
            unsafe record.pointee.rewriter.current?.source == current
        else { return nil }
        return track.timeline.distance(from: encoding.id, to: current)
    }
}
