import Primitives

/// Which subscriptions are behind and go on in budgets, and which wait for a keyframe that may not come.
package struct CatchUps {
    /// Octets sent to one slot per step: 26 Mbit/s, so that a keyframe of a large frame takes 10 to 25 ms.
    package static let octetsPerStep = 16 * 1_024
    /// Between two steps.
    package static let interval = Duration.milliseconds(5)
    /// Octets of a smaller encoding's run that a slot which goes down to it is sent at once: 2 s at 150 kbit/s are 37 KB. A longer
    /// one would hit the link that may be full already.
    package static let octetsDown = 64 * 1_024
    /// How long a slot without a picture waits for its target's keyframe before a smaller encoding is taken.
    package static let patienceForLargest = Duration.milliseconds(20)
    /// Slots that are caught up at a time; the others wait for a new keyframe, which then serves them all.
    package static let maximumAtOnce = 32
    /// How long a new viewer waits for the keyframe that was asked for, before a long run is sent in its place.
    package static let patience = Duration.milliseconds(120)
    /// How long to wait for a requested keyframe after a viewer's PLI before the last one is sent again.
    package static let patienceOfTheLost = Duration.seconds(1)
    /// A subscription whose path has taken nothing for so long goes on with a new keyframe: nobody wants to see what is older.
    package static let longestLag = Duration.seconds(1)
    /// Between two catch-ups of one slot, however often its viewer asks.
    package static let slotInterval = Duration.seconds(3)

    /// Speech that began longer ago is joined where it is.
    package static let longestSpeech = Duration.milliseconds(1_000)
    /// What is heard before the first sound of a speech.
    package static let beforeSpeech = Duration.milliseconds(60)

    /// What a slot that waits is helped with.
    enum Purpose: Hashable {
        /// A long run in place of the keyframe that was asked for.
        case longRun
        /// A smaller encoding, until the target's keyframe comes.
        case smaller
        /// A larger encoding out of the buffer, of which no keyframe has come.
        case larger
    }

    fileprivate struct Key: Hashable {
        var purpose: Purpose
        var subscription: SubscriptionIndex
        var track: TrackID
    }

    /// A slot that waits.
    struct Waiting {
        var purpose = Purpose.longRun
        var subscription: SubscriptionIndex
        var track: TrackID
        /// When it began to wait.
        var since: MonotonicInstant
        var due: MonotonicInstant

        fileprivate var key: Key { Key(purpose: purpose, subscription: subscription, track: track) }
    }

    /// Subscriptions that are sent the rest of the buffer in parts.
    var active: [SubscriptionIndex] = []
    /// How many of them began with an earlier keyframe.
    private var catchingUp = 0
    /// When the active ones go on.
    var nextStep: MonotonicInstant?
    /// Subscriptions whose target became a smaller encoding than the current one, or that have no picture though their target has
    /// begun: they are served out of the buffer where that is possible.
    var turned: [SubscriptionIndex] = []
    private var waiting: [Waiting] = []
    private var waitingKeys: Set<Key> = []
    private var nextWaiting: MonotonicInstant?

    package var hasCapacity: Bool { catchingUp < Self.maximumAtOnce }

    /// When something is due; `nil` while nobody is caught up or waits.
    package var nextTimeout: MonotonicInstant? { earliest(nextStep, nextWaiting) }

    /// Adds a subscription that is not among the active ones; `Subscription.rest` tells.
    mutating func begin(_ subscription: SubscriptionIndex, _ rest: Subscription.Rest, at due: MonotonicInstant) {
        active.append(subscription)
        if rest == .catchUp { catchingUp += 1 }
        nextStep = earliest(nextStep, due)
    }

    /// Removes one of the active.
    mutating func remove(at place: Int, _ rest: Subscription.Rest) {
        active.swapAt(place, active.count - 1)
        active.removeLast()
        if rest == .catchUp { catchingUp -= 1 }
    }

    /// Notes that a slot waits for a keyframe, once per slot and purpose.
    mutating func wait(_ entry: Waiting) {
        guard waitingKeys.insert(entry.key).inserted else { return }
        waiting.append(entry)
        nextWaiting = earliest(nextWaiting, entry.due)
    }

    /// Takes those that have waited long enough.
    mutating func takeDue(at now: MonotonicInstant) -> [Waiting] {
        guard let next = nextWaiting, next <= now else { return [] }
        let due = waiting.filter { $0.due <= now }
        for entry in due { waitingKeys.remove(entry.key) }
        waiting.removeAll { $0.due <= now }
        nextWaiting = waiting.lazy.map(\.due).min()
        return due
    }
}
