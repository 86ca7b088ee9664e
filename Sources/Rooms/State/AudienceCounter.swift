import Primitives

/// Announces how large the audience is: the first change at once, further ones at most once per interval.
struct AudienceCounter: Sendable {
    private let interval: Duration
    private var announced = 0
    /// Whether a newcomer was told another size than the announced one.
    private var isAmbiguous = false
    private var lastTime: MonotonicInstant?
    private var current = 0
    /// When the next announcement is due; `nil` while everybody knows the size.
    private(set) var nextTimeout: MonotonicInstant?

    init(interval: Duration) { self.interval = interval }

    /// Notes the size; returns it when it has to be announced now.
    mutating func update(_ count: Int, now: MonotonicInstant) -> Int? {
        current = count
        guard count != announced || isAmbiguous else {
            nextTimeout = nil
            return nil
        }
        if let lastTime, now - lastTime < interval {
            nextTimeout = lastTime + interval
            return nil
        }
        return announce(now)
    }

    /// Notes that a newcomer was told the size that the latest update noted.
    mutating func noteTold() { if current != announced { isAmbiguous = true } }

    /// Returns the size when its announcement is due.
    mutating func handleTimeout(at now: MonotonicInstant) -> Int? {
        guard let nextTimeout, nextTimeout <= now else { return nil }
        return announce(now)
    }

    private mutating func announce(_ now: MonotonicInstant) -> Int {
        announced = current
        isAmbiguous = false
        lastTime = now
        nextTimeout = nil
        return current
    }
}
