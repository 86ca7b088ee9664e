import Primitives

/// The places of those who went without a word, by identity, for them to come back to.
struct KeptPlaces: Sendable {
    /// Places of one room; beyond it the oldest is given up.
    static let capacity = 256

    struct Place: Sendable {
        /// The place on stage, in the queue or as one invited; `nil` in the audience.
        var stage: Stage.Place?
        /// Whether the participant's own permissions allow the stage (`startsOnStage`), so that no approval is needed.
        var isByRight: Bool
        /// Whether the holder manages the room.
        var isHost: Bool
        /// Until when it is kept.
        var deadline: MonotonicInstant
    }

    private var places: [String: Place] = [:]
    /// Identities, the oldest place first.
    private var order: [String] = []

    var count: Int { places.count }

    mutating func keep(_ place: Place, for identity: String, now: MonotonicInstant) {
        guard place.deadline > now else { return }
        forget(identity)
        forgetOld(now: now)
        if order.count >= Self.capacity { places[order.removeFirst()] = nil }
        places[identity] = place
        order.append(identity)
    }

    /// The identity's place, which is kept no longer; `nil` where there is none or its time is over.
    mutating func reclaim(_ identity: String, now: MonotonicInstant) -> Place? {
        guard let place = places[identity] else { return nil }
        forget(identity)
        return place.deadline > now ? place : nil
    }

    mutating func forget(_ identity: String) {
        guard places.removeValue(forKey: identity) != nil else { return }
        order.removeAll { $0 == identity }
    }

    /// Until when a host other than this identity may come back; `nil` where none is awaited.
    func hostDeadline(besides identity: String? = nil, now: MonotonicInstant) -> MonotonicInstant? {
        places.filter { $0.value.isHost && $0.key != identity && $0.value.deadline > now }.map(\.value.deadline).max()
    }

    /// Whether the identity is a host's who may come back.
    func isHost(_ identity: String, now: MonotonicInstant) -> Bool {
        places[identity].map { $0.isHost && $0.deadline > now } ?? false
    }

    private mutating func forgetOld(now: MonotonicInstant) {
        for (identity, place) in places where place.deadline <= now { forget(identity) }
    }
}
