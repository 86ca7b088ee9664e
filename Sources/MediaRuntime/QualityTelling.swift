import MediaControl
import Primitives

/// When a viewer is told what its path carries: at most once per `interval`, and only what has changed noticeably.
struct QualityTelling {
    /// Between two events for one viewer.
    static let interval = Duration.seconds(1)
    /// An estimate that differs by at least one part in so many from the one told last is news.
    static let change: Int64 = 4
    /// Another limit alone is told after this time: near a border it alternates.
    static let patience = Duration.seconds(5)

    private var told: PathQuality?
    private var toldAt = MonotonicInstant.zero
    /// Nothing is looked at before this time.
    private var next = MonotonicInstant.zero

    /// Whether it is time to look; the answer is yes once per `interval`.
    mutating func isDue(at now: MonotonicInstant) -> Bool {
        guard now.nanoseconds >= next.nanoseconds else { return false }
        next = now + Self.interval
        return true
    }

    /// Whether the viewer is to be told this; notes that it was.
    mutating func takes(_ quality: PathQuality, now: MonotonicInstant) -> Bool {
        guard isNews(quality, now: now) else { return false }
        told = quality
        toldAt = now
        return true
    }

    private func isNews(_ quality: PathQuality, now: MonotonicInstant) -> Bool {
        // Before the first measurement, or without a picture, there is nothing to say.
        guard let told else { return quality.limit != .start && !quality.slots.isEmpty }
        if quality.slots != told.slots { return true }
        let before = told.estimate.bitsPerSecond
        if abs(quality.estimate.bitsPerSecond - before) >= before / Self.change { return true }
        return quality.limit != told.limit && now - toldAt >= Self.patience
    }
}
