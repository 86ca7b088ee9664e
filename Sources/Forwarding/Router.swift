import Primitives
import RTP

/// Which packets go to whom: published tracks, their encodings, and the subscriptions to them.
///
/// Knows no peer, no key and no socket. Packets come in from any origin with `store`; `release` hands out, once per turn, the
/// encodings whose packets are to leave; subscriptions that are behind go on with `continueCatchUps`. Sans-IO; confined to its
/// worker's thread.
package final class Router {
    /// Something that the router cannot do by itself.
    package enum Request: Sendable {
        /// A keyframe is wanted of an encoding that comes from there: ask when its throttle allows.
        case askForKeyframes(Origin)
        /// A subscription turned out to be able, or unable, to decode its track.
        case tellDecoding(Sink, TrackID, canDecode: Bool)
        /// A subscription has begun to send from another source, whose clock its receiver does not know yet.
        case reportSoon(Sink)
    }

    /// What became of a packet that was to be stored.
    package enum OnStore: Sendable {
        /// - Parameter startsTrack: whether it is the first since the gate was opened.
        case stored(startsTrack: Bool)
        /// It is there already, or too old.
        case known
        case tooLarge
    }

    /// What only rare operations need of a subscription, apart from the record.
    private struct Details {
        var track: TrackID?
        /// What its receiver can decode.
        var accepted: [PayloadMapping]
    }

    struct Waiting {
        let track: PublishedTrack
        let encoding: PublishedEncoding
    }

    package let subscriptions = Slab<Subscription, SubscriptionIndex>(minimumCapacity: 256)
    package private(set) var tracks: [TrackID: PublishedTrack] = [:]
    /// Every source of an encoding, also those that were followed by another, for retransmissions.
    package private(set) var encodings: [EncodingID: PublishedEncoding] = [:]
    private var nextEncoding = 0
    private var details: [SubscriptionIndex: Details] = [:]

    /// How long a frame's packets are held for the last of them.
    private let frameHold: Duration
    /// Encodings with packets that wait for the fan-out.
    private var waiting: [Waiting] = []
    /// Tracks whose encodings' lists of subscribers no longer fit their subscriptions.
    private var unsettled: [PublishedTrack] = []
    /// When the first of the packets that are held leaves at the latest.
    package private(set) var nextRelease: MonotonicInstant?
    var catchUps = CatchUps()
    /// Subscriptions that were sent what had come since the last keyframe.
    package internal(set) var catchUpCount: UInt64 = 0
    private var requests: [Request] = []

    /// - Parameter frameHold: see `FrameHold`; zero for none.
    package init(frameHold: Duration) { self.frameHold = frameHold }

    /// When `release` or `continueCatchUps` is to be called; `nil` while nothing is awaited.
    package var nextTimeout: MonotonicInstant? { earliest(nextRelease, catchUps.nextTimeout) }

    /// The requests since the last call, in order.
    package func takeRequests() -> [Request] {
        guard !requests.isEmpty else { return [] }
        defer { requests.removeAll(keepingCapacity: true) }
        return requests
    }

    func request(_ request: Request) { requests.append(request) }

    // MARK: - Tracks

    /// Adds a track.
    package func addTrack(
        _ id: TrackID, origin: Origin, receive: ReceiveParameters, isOpen: Bool, isOpaque: Bool
    ) -> PublishedTrack {
        let track = PublishedTrack(
            id: id, origin: origin, receive: receive, isOpen: isOpen, isOpaque: isOpaque,
            encodings: receive.encodings.map { makeEncoding($0, of: id, receive) })
        tracks[id] = track
        return track
    }

    /// Makes the first source of an encoding.
    package func makeEncoding(
        _ encoding: ReceiveParameters.Encoding, of track: TrackID, _ section: ReceiveParameters
    ) -> PublishedEncoding {
        let made = PublishedEncoding(
            id: takeEncodingID(), track: track, encoding: encoding, kind: section.kind,
            clockRate: section.payloads.first?.format.codec.clockRate ?? 90_000)
        encodings[made.id] = made
        return made
    }

    private func takeEncodingID() -> EncodingID {
        defer { nextEncoding += 1 }
        return EncodingID(nextEncoding)
    }

    /// Removes a track. Its subscriptions carry nothing from now on; that they are filled anew is the business of whoever knows
    /// why the track ended.
    package func removeTrack(_ track: PublishedTrack) {
        tracks[track.id] = nil
        for encoding in track.encodings {
            forgetPredecessor(of: encoding)
            encodings[encoding.id] = nil
        }
        waiting.removeAll { $0.track === track }
        for subscriber in track.subscribers {
            details[subscriber.subscription]?.track = nil
            unsafe subscriptions[subscriber.subscription].pointee.wanted = nil
            unsafe subscriptions[subscriber.subscription].pointee.aim(at: nil, now: .zero)
        }
        track.subscribers.removeAll()
    }

    /// Opens or closes a track's gate.
    package func setGate(of track: PublishedTrack, isOpen: Bool) {
        guard track.isOpen != isOpen else { return }
        guard !isOpen else {
            track.isOpen = true
            return
        }
        track.close()
        waiting.removeAll { $0.track === track }
        // What comes after the gate has opened again begins with a keyframe and goes on where the subscription stopped, as if
        // from another source: else viewers would miss, and ask for, all that the gate dropped.
        for subscriber in track.subscribers {
            unsafe subscriptions[subscriber.subscription].pointee.interrupt()
            unsafe subscriptions[subscriber.subscription].pointee.aim(at: nil, now: .zero)
        }
        settle(track)
    }

    /// Has an encoding go on with another SSRC, of which a keyframe is wanted at once.
    package func follow(
        _ index: EncodingIndex, of track: PublishedTrack, ssrc: SSRC, rtxSSRC: SSRC?, now: MonotonicInstant
    ) -> PublishedEncoding {
        let former = track[index]
        forgetPredecessor(of: former)
        let successor = PublishedEncoding(id: takeEncodingID(), following: former, ssrc: ssrc, rtxSSRC: rtxSSRC)
        encodings[successor.id] = successor
        track.replaceSource(of: index, with: successor)
        for subscriber in track.subscribers {
            let subscription = unsafe subscriptions[subscriber.subscription]
            if unsafe subscription.pointee.target == former.id {
                unsafe subscription.pointee.aim(at: successor.id, now: now)
            }
        }
        settle(track)
        let isAwaited = track.largest == nil || successor.targets > 0
        if !track.isAudio, isAwaited, !track.subscribers.isEmpty { successor.keyframes.want(at: now) }
        return successor
    }

    /// Forgets the source that an encoding had before.
    package func forgetPredecessor(of encoding: PublishedEncoding) {
        guard let predecessor = encoding.predecessor else { return }
        encodings[predecessor.id] = nil
        // They point into its buffer.
        predecessor.removePending()
        waiting.removeAll { $0.encoding === predecessor }
        encoding.predecessor = nil
    }

    // MARK: - Subscriptions

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
            if track.encodings.count > 1 { settle(track) }
            return
        }
        details[index]?.track = track.id
        let subscriber = unsafe Subscriber(subscription: index, sink: record.pointee.sink)
        track.subscribers.append(subscriber)
        guard let target = track.largest else { return }
        unsafe record.pointee.aim(at: track[target].id, now: now)
        track[target].subscribers.append(subscriber)
        track[target].targets += 1
    }

    private func unsubscribe(_ index: SubscriptionIndex) {
        guard let track = track(of: index) else { return }
        details[index]?.track = nil
        let record = unsafe subscriptions[index]
        if unsafe record.pointee.wanted != nil { track.wishes -= 1 }
        track.subscribers.removeAll { $0.subscription == index }
        for source in unsafe [record.pointee.currentEncoding, record.pointee.target] {
            source.flatMap { encodings[$0] }?.subscribers.removeAll { $0.subscription == index }
        }
        if let target = unsafe record.pointee.target { encodings[target]?.targets -= 1 }
        unsafe record.pointee.wanted = nil
        unsafe record.pointee.aim(at: nil, now: .zero)
    }

    /// Begins anew with a keyframe: what was sent lately may be lost.
    package func interrupt(_ index: SubscriptionIndex, now: MonotonicInstant) {
        let record = unsafe subscriptions[index]
        unsafe record.pointee.interrupt()
        unsafe record.pointee.aim(at: record.pointee.target, now: now)
        if let track = track(of: index) { settle(track) }
    }

    /// Has a subscription get one encoding of its track while that is sent, or the largest again.
    package func retarget(_ index: SubscriptionIndex, to wanted: EncodingIndex?, now: MonotonicInstant) {
        guard let track = track(of: index) else { return }
        let record = unsafe subscriptions[index]
        let before = unsafe record.pointee.wanted
        track.wishes += (wanted == nil ? 0 : 1) - (before == nil ? 0 : 1)
        unsafe record.pointee.wanted = wanted
        guard unsafe aim(record, in: track, now: now) else { return }
        settle(track)
        request(.askForKeyframes(track.origin))
    }

    /// Chooses the target of a subscription, and wants a keyframe of it where it is another than before.
    ///
    /// - Returns: whether it is.
    private func aim(
        _ record: UnsafeMutablePointer<Subscription>, in track: PublishedTrack, now: MonotonicInstant
    ) -> Bool {
        let wish = unsafe record.pointee.wanted.flatMap { track.isActive($0, at: now) ? $0 : nil }
        let encoding = (wish ?? track.largest).map { track[$0] }
        guard unsafe record.pointee.target != encoding?.id else { return false }
        unsafe record.pointee.aim(at: encoding?.id, now: now)
        guard let encoding, !track.isAudio, unsafe record.pointee.currentEncoding != encoding.id else { return true }
        // One that begins in this turn serves.
        if !encoding.hasPendingStart { encoding.keyframes.want(at: now) }
        return true
    }

    /// Chooses the targets of a track's subscriptions anew, where one may be another.
    private func chooseTargets(of track: PublishedTrack, now: MonotonicInstant) {
        guard track.updateLargest(at: now) || track.wishes > 0 else { return }
        var hasChanged = false
        for subscriber in track.subscribers
        where unsafe aim(subscriptions[subscriber.subscription], in: track, now: now) {
            hasChanged = true
        }
        guard hasChanged else { return }
        settle(track)
        request(.askForKeyframes(track.origin))
    }

    /// Makes the encodings' lists of subscribers fit the subscriptions: each is with its current and its target encoding.
    private func settle(_ track: PublishedTrack) {
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
    }

    /// Takes note that a subscription goes on from another source.
    func noteSwitch(of record: UnsafeMutablePointer<Subscription>, in track: PublishedTrack) {
        guard unsafe record.pointee.takeSwitch() else { return }
        unsafe request(.reportSoon(record.pointee.sink))
        if track.encodings.count > 1 || track.encodings[0].predecessor != nil,
            !unsettled.contains(where: { $0 === track })
        {
            unsettled.append(track)
        }
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

    // MARK: - Packets

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
            encoding.activity.note(timestamp: packet.timestamp, at: now)
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
            unsafe encoding.cache.note(stored.pointee, in: encoding.buffer)
            if packet.isKeyframeStart {
                encoding.keyframes.keyframeBegan(at: now)
                encoding.tellsKeyframes = true
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

    /// Hands out the encodings whose packets are to leave now: all but frames that are held until their last packet. `forward`
    /// sends what waits to every subscriber.
    ///
    /// - Returns: how many packets were padded.
    package func release(now: MonotonicInstant, _ forward: (PublishedEncoding, PublishedTrack) -> Void) -> UInt64 {
        nextRelease = nil
        guard !waiting.isEmpty else { return 0 }
        for entry in waiting { chooseTargets(of: entry.track, now: now) }
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

    /// Offers the packets that wait one by one to a subscription that cannot take them as a whole.
    package func offerPending(
        of encoding: PublishedEncoding, _ track: PublishedTrack, to index: SubscriptionIndex,
        output: some PacketOutput
    ) {
        let record = unsafe subscriptions[index]
        let head = encoding.head
        for place in unsafe encoding.pending.indices {
            let entry = unsafe encoding.pending[place]
            var outcome = unsafe record.pointee.offer(entry.packet.pointee, of: encoding.id, head: head)
            if case .unknownPayloadType = outcome {
                unsafe resolve(index, payloadType: entry.packet.pointee.payloadType, of: track)
                outcome = unsafe record.pointee.offer(entry.packet.pointee, of: encoding.id, head: head)
            }
            if case .send(let numbers) = outcome { unsafe output.send(entry, as: numbers, through: record) }
        }
        unsafe record.pointee.pass(encoding.id, from: head, to: encoding.headBehindPending)
        unsafe noteSwitch(of: record, in: track)
    }
}
