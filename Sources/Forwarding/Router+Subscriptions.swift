import Primitives
import RTP

// What each subscription carries: its track, the encoding that it gets now and the one it shall get, and the payload types.
extension Router {
    /// Makes a subscription that carries nothing yet.
    ///
    /// - Parameter random: for the first sequence numbers.
    package func addSubscription(to sink: Sink, parameters: SendParameters, random: UInt32) -> SubscriptionIndex {
        let index = subscriptions.insert(Subscription(sink: sink, parameters: parameters, random: random))
        details[index] = Details(track: nil, accepted: parameters.payloads)
        return index
    }

    package func removeSubscription(_ index: SubscriptionIndex) {
        unsubscribe(index)
        details[index] = nil
        if let place = catchUps.active.firstIndex(of: index) {
            catchUps.remove(at: place, unsafe subscriptions[index].pointee.rest)
        }
        subscriptions.remove(index)
    }

    /// The track that a subscription carries; `nil` where it carries none, or was removed.
    package func track(of index: SubscriptionIndex) -> PublishedTrack? {
        details[index]?.track.flatMap { tracks[$0] }
    }

    /// Has a subscription carry a track, or none, from its next packet on.
    ///
    /// - Parameter csrc: names the source in each packet.
    package func subscribe(_ index: SubscriptionIndex, to id: TrackID?, csrc: UInt32, now: MonotonicInstant) {
        guard details[index] != nil else { return }
        let track = id.flatMap { tracks[$0] }
        let record = unsafe subscriptions[index]
        if details[index]?.track != track?.id { unsubscribe(index) }
        unsafe record.pointee.refill(csrc: track == nil ? 0 : csrc)
        guard let track else { return }
        guard details[index]?.track == nil else {
            unsafe record.pointee.aim(at: record.pointee.target, now: now)
            if track.hasSeveralSources { settle(track) }
            return
        }
        details[index]?.track = track.id
        let subscriber = unsafe Subscriber(subscription: index, sink: record.pointee.sink)
        track.subscribers.append(subscriber)
        noteInterest(in: track)
        guard let target = chooseTarget(of: index, in: track) else { return }
        unsafe record.pointee.aim(at: target.id, now: now)
        _ = aimLane(of: index, in: target, track, now: now)
        target.subscribers.append(subscriber)
        target.targets += 1
    }

    /// The payload type of padding in a subscription's RTX stream; `nil` where RTX was not negotiated.
    package func paddingType(of index: SubscriptionIndex) -> UInt8? {
        let current = unsafe subscriptions[index].pointee.rtxPayloadType
        guard current == 0 else { return current }
        return details[index]?.accepted.lazy.compactMap(\.rtxPayloadType).first
    }

    private func unsubscribe(_ index: SubscriptionIndex) {
        guard let track = track(of: index) else { return }
        details[index]?.track = nil
        let record = unsafe subscriptions[index]
        track.subscribers.removeAll { $0.subscription == index }
        // The lists may still name it under a source that it has left in this turn.
        for encoding in track.encodings {
            encoding.subscribers.removeAll { $0.subscription == index }
            encoding.predecessor?.subscribers.removeAll { $0.subscription == index }
            group(encoding)
            endWaiting(for: encoding)
        }
        if let target = unsafe record.pointee.target { encodings[target]?.targets -= 1 }
        details[index]?.maximum = nil
        details[index]?.cap = nil
        details[index]?.isPaused = false
        noteInterest(in: track)
        unsafe record.pointee.aim(at: nil, now: .zero)
    }

    /// Begins anew with a keyframe: what was sent lately may be lost.
    package func interrupt(_ index: SubscriptionIndex, now: MonotonicInstant) {
        let record = unsafe subscriptions[index]
        unsafe record.pointee.interrupt()
        unsafe record.pointee.aim(at: record.pointee.target, now: now)
        if let track = track(of: index) { settle(track) }
    }

    /// Makes the encodings' lists of subscribers fit the subscriptions: each is with its current and its target encoding.
    func settle(_ track: PublishedTrack) {
        for encoding in track.encodings {
            encoding.subscribers.removeAll(keepingCapacity: true)
            encoding.targets = 0
            encoding.predecessor?.subscribers.removeAll(keepingCapacity: true)
            encoding.predecessor?.targets = 0
        }
        for subscriber in track.subscribers {
            let record = unsafe subscriptions[subscriber.subscription]
            let current = unsafe record.pointee.currentEncoding
            let target = unsafe record.pointee.target
            if let current, current != target { encodings[current]?.subscribers.append(subscriber) }
            guard let target, let encoding = encodings[target] else { continue }
            encoding.subscribers.append(subscriber)
            encoding.targets += 1
        }
        guard !track.isAudio else { return }
        for encoding in track.encodings {
            group(encoding)
            endWaiting(for: encoding)
            if let predecessor = encoding.predecessor { group(predecessor) }
        }
    }

    /// A keyframe for which the last subscriber waited is not missed.
    private func endWaiting(for encoding: PublishedEncoding) {
        if !encoding.isWatched { encoding.keyframes.endWaiting() }
    }

    private func group(_ encoding: PublishedEncoding) {
        encoding.groupSubscribers { subscriber in
            let record = unsafe subscriptions[subscriber.subscription]
            return unsafe record.pointee.currentEncoding == encoding.id ? record.pointee.lane : .everything
        }
    }

    /// Takes note that a subscription goes on from another source, or in another lane.
    func noteSwitch(of record: UnsafeMutablePointer<Subscription>, in track: PublishedTrack) {
        let hasSwitched = unsafe record.pointee.takeSwitch()
        let hasSwitchedLane = unsafe record.pointee.takeLaneSwitch()
        if hasSwitched { unsafe request(.reportSoon(record.pointee.sink)) }
        let isGroupedAnew = unsafe hasSwitchedLane || (hasSwitched && !record.pointee.lane.isEverything)
        guard isGroupedAnew || (hasSwitched && track.hasSeveralSources) else { return }
        if !unsettled.contains(where: { $0 === track }) { unsettled.append(track) }
    }

    /// Finds the payload type that a subscription has for what the publisher now sends.
    func resolve(_ index: SubscriptionIndex, payloadType: UInt8, of track: PublishedTrack) {
        guard let accepted = details[index]?.accepted else { return }
        let record = unsafe subscriptions[index]
        let source = track.receive.payloads.first { $0.payloadType == payloadType }
        var mapping = source.flatMap { accepted.nearest(to: $0.format) }
        var redundancy = RedundantAudio.Handling.asItIs
        if source?.format.codec == .red {
            // What is inside is Opus, by either side's number for it.
            let opus = accepted.first { $0.format.codec == .opus }
            if mapping == nil {
                mapping = opus
                redundancy = .unwrap
            } else if let opus,
                !track.receive.payloads.contains(where: {
                    $0.payloadType == opus.payloadType && $0.format.codec == .opus
                })
            {
                redundancy = .renumber(opus.payloadType)
            }
        }
        let couldDecode = unsafe record.pointee.canDecode
        unsafe record.pointee.resolve(sourcePayloadType: payloadType, as: mapping, redundancy: redundancy)
        let canDecode = mapping != nil
        if couldDecode != canDecode || !canDecode {
            unsafe request(.tellDecoding(record.pointee.sink, track.id, canDecode: canDecode))
        }
    }
}
