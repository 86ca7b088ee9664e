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
        /// Other encodings of a track are wanted than its publisher was told (`PublishedTrack.interest`).
        case tellInterest(TrackID)
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
    struct Details {
        var track: TrackID?
        /// What its receiver can decode.
        var accepted: [PayloadMapping]
        /// How large its viewer shows it. Kept when it carries another track.
        var demand = PictureDemand.largest
        /// The encoding that suffices for the demand.
        var maximum: EncodingIndex?
        /// What the viewer's link carries at most; `nil` for everything.
        var cap: LayerChoice?
        /// Whether the link carries nothing of it.
        var isPaused = false
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
    var details: [SubscriptionIndex: Details] = [:]

    /// How long a frame's packets are held for the last of them.
    let frameHold: Duration
    /// Encodings with packets that wait for the fan-out.
    var waiting: [Waiting] = []
    /// Tracks whose encodings' lists of subscribers no longer fit their subscriptions.
    var unsettled: [PublishedTrack] = []
    /// When the first of the packets that are held leaves at the latest.
    package internal(set) var nextRelease: MonotonicInstant?
    var catchUps = CatchUps()
    /// Subscriptions that were sent what had come since the last keyframe.
    package internal(set) var catchUpCount: UInt64 = 0
    /// Slots that are behind what their publisher sends now, and go on in parts.
    package var slotsBehind: Int { catchUps.active.count }
    /// When the first choice of a track is due that waits for its larger encodings.
    var nextChoice: MonotonicInstant?
    /// Tracks of which other encodings may be wanted than before.
    var unexamined: [PublishedTrack] = []
    /// When an encoding is to be told as unwanted at the earliest.
    var nextInterest: MonotonicInstant?
    private var requests: [Request] = []
    /// Who divides viewers' bandwidth among their subscriptions, if anybody does.
    package weak var allocation: (any AllocationObserver)?

    /// - Parameter frameHold: see `FrameHold`; zero for none.
    package init(frameHold: Duration) { self.frameHold = frameHold }

    /// When `release` or `continueCatchUps` is to be called; `nil` while nothing is awaited.
    package var nextTimeout: MonotonicInstant? {
        earliest(earliest(nextRelease, catchUps.nextTimeout), earliest(nextChoice, nextInterest))
    }

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
        unexamined.removeAll { $0 === track }
        for subscriber in track.subscribers {
            details[subscriber.subscription]?.track = nil
            details[subscriber.subscription]?.maximum = nil
            details[subscriber.subscription]?.cap = nil
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
        if track.close() { request(.tellInterest(track.id)) }
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
        track.requests.reset()
        let isAwaited = track.ladder.isEmpty || successor.targets > 0
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
}
