import Primitives

/// Whether a source still sends, measured in its own picture intervals: 30 pictures a second are missed after a quarter of a
/// second, and slides that change each 10 s are not taken for dead.
///
/// Only packets that are newer than all before count: a publisher may go on sending old ones again, as Chromium does to probe
/// for bandwidth, after it has stopped an encoding.
package struct SourceActivity: Sendable {
    /// A source that was silent for this many of its picture intervals may have stopped.
    package static let intervals = 3
    /// Bounds of that silence. The lower one is beyond what a busy encoder or a queue on the way makes.
    package static let silence = Duration.milliseconds(250)...Duration.seconds(30)
    /// The silence of a source whose interval is not known yet.
    package static let initialSilence = Duration.seconds(1)
    /// Another source must have sent so many pictures meanwhile: what stops them all is the network.
    package static let picturesMeanwhile = 5
    /// A shorter interval than the one known is followed by this fraction of the difference.
    private static let followShift: Int64 = 3
    /// A longer one counts at once, up to so many times the one known or this long.
    private static let growth = 4
    private static let growthAtLeast = Duration.milliseconds(250)
    /// A silence beyond the source's patience and this is a pause and no interval: a layer that comes back after a minute must
    /// not be given minutes when it stops again.
    package static let pause = Duration.seconds(4)

    /// When the newest packet came; `nil` before the first.
    package private(set) var lastPacketAt: MonotonicInstant?
    /// The newest packet's RTP timestamp.
    package private(set) var timestamp: UInt32 = 0
    private var lastPictureAt = MonotonicInstant.zero
    private var interval: Duration?
    /// When the last pictures came, in a ring.
    private var recent = InlineArray<5, MonotonicInstant>(repeating: .zero)
    private var pictures = 0
    /// Whether the source had stopped before its newest picture.
    private var hasReturned = false

    package init() {}

    /// Notes a packet that is newer than all before.
    ///
    /// - Parameter isKeyframeStart: whether a keyframe begins with it. A source that was stopped goes on with one, and the silence
    ///   before it is no interval between pictures; one that has become slow goes on without.
    package mutating func note(timestamp: UInt32, isKeyframeStart: Bool = false, at now: MonotonicInstant) {
        let isFirst = lastPacketAt == nil
        lastPacketAt = now
        guard isFirst || timestamp != self.timestamp else { return }
        self.timestamp = timestamp
        if !isFirst { take(now - lastPictureAt, isKeyframeStart: isKeyframeStart) }
        lastPictureAt = now
        recent[pictures % Self.picturesMeanwhile] = now
        pictures &+= 1
    }

    private mutating func take(_ silence: Duration, isKeyframeStart: Bool) {
        // Of keyframes alone, which some encoders send, the second in a row has come late because the source is slow.
        let isReturn = isKeyframeStart && interval != nil && silence >= patience && !hasReturned
        hasReturned = isReturn
        if !isReturn { follow(silence) }
    }

    private mutating func follow(_ measured: Duration) {
        guard let known = interval else {
            interval = measured
            return
        }
        guard measured < known else {
            if measured > Self.pause, measured > patience { return }
            interval = min(measured, max(known * Self.growth, Self.growthAtLeast))
            return
        }
        interval = known - .nanoseconds((known - measured).wholeNanoseconds &>> Self.followShift)
    }

    /// How long the source may be silent.
    package var patience: Duration {
        guard let interval else { return Self.initialSilence }
        return min(max(interval * Self.intervals, Self.silence.lowerBound), Self.silence.upperBound)
    }

    /// Whether the source was silent for longer than is usual for it.
    package func isSilent(at now: MonotonicInstant) -> Bool {
        guard let lastPacketAt else { return true }
        return now - lastPacketAt >= patience
    }

    /// Whether the source sent several pictures since `instant`.
    package func hasGoneOn(since instant: MonotonicInstant) -> Bool {
        guard pictures >= Self.picturesMeanwhile else { return false }
        return recent[pictures % Self.picturesMeanwhile] > instant
    }
}
