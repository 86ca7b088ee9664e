import Primitives

// Which encodings anybody wants (dynacast): all up to the largest maximum of a subscription, and always the smallest, with which a
// picture is there at once.
extension Router {
    /// Notes that subscriptions of a track may want other encodings than before.
    func noteInterest(in track: PublishedTrack) {
        guard track.hasNamedEncodings, !unexamined.contains(where: { $0 === track }) else { return }
        unexamined.append(track)
    }

    /// Finds out what is wanted of the tracks where that may have changed, and of those that were to be looked at now.
    func updateInterests(now: MonotonicInstant) {
        if let due = nextInterest, due <= now {
            nextInterest = nil
            for track in tracks.values {
                guard let due = track.interest.nextTimeout else { continue }
                if due <= now { noteInterest(in: track) } else { nextInterest = earliest(nextInterest, due) }
            }
        }
        guard !unexamined.isEmpty else { return }
        for track in unexamined { updateInterest(in: track, now: now) }
        unexamined.removeAll(keepingCapacity: true)
    }

    private func updateInterest(in track: PublishedTrack, now: MonotonicInstant) {
        guard track.hasStarted, tracks[track.id] === track else { return }
        var top = 0
        for subscriber in track.subscribers {
            // Whoever waits for the first choice may want the largest.
            let maximum = details[subscriber.subscription]?.maximum
            top = max(top, maximum.map { track.ladder.rank(of: $0) ?? 0 } ?? .max)
        }
        // What was never sent cannot be told apart from what is about to begin.
        let hasChanged = track.interest.update(count: track.encodings.count, now: now) { index in
            track.ladder.rank(of: EncodingIndex(index)).map { $0 <= top } ?? true
        }
        nextInterest = earliest(nextInterest, track.interest.nextTimeout)
        if hasChanged { request(.tellInterest(track.id)) }
    }
}
