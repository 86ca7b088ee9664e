import Forwarding
import Primitives
import Testing

struct ClockTests {
    /// Three at once, then one in two seconds; whoever has no picture does not wait for that.
    @Test func keyframesForLargerPicturesHaveASpacing() {
        var throttle = KeyframeThrottle()
        var sent: [Int64] = []
        for millisecond in stride(from: Int64(0), through: 8_000, by: 1) {
            let now = MonotonicInstant.zero + .milliseconds(millisecond)
            throttle.wantAsLarger(at: now)
            guard throttle.takeRequest(now: now) else { continue }
            sent.append(millisecond)
            throttle.keyframeBegan(at: now)
        }
        #expect(sent == [0, 500, 1_000, 2_000, 4_000, 6_000, 8_000])
        let now = MonotonicInstant.zero + .milliseconds(8_100)
        throttle.wantAsLarger(at: now)
        #expect(throttle.nextTimeout == .zero + .milliseconds(10_000))
        throttle.want(at: now)
        #expect(throttle.nextTimeout == .zero + .milliseconds(8_500))
        throttle.wantAsLarger(at: now)
        #expect(throttle.nextTimeout == .zero + .milliseconds(8_500))
    }

    @Test func atMostOneKeyframeRequestPerIntervalWhileTheyAreAnswered() {
        var throttle = KeyframeThrottle()
        var sent = 0
        for millisecond in stride(from: Int64(0), through: 5_000, by: 1) {
            throttle.want(at: .zero)
            if throttle.takeRequest(now: .zero + .milliseconds(millisecond)) {
                sent += 1
                throttle.keyframeBegan(at: .zero + .milliseconds(millisecond))
            }
        }
        #expect(sent == 11)
    }

    @Test func unansweredRequestsBecomeSeldom() {
        var throttle = KeyframeThrottle()
        var sent: [Int64] = []
        for millisecond in stride(from: Int64(0), through: 48_000, by: 1) {
            throttle.want(at: .zero)
            if throttle.takeRequest(now: .zero + .milliseconds(millisecond)) { sent.append(millisecond) }
        }
        #expect(sent == [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500, 47_500])
        throttle.wantForViewer(at: .zero)
        #expect(throttle.nextTimeout == .zero + .milliseconds(49_500))
        throttle.wantAnew(at: .zero)
        #expect(throttle.nextTimeout == .zero)
    }

    @Test func aKeyframeThatComesEndsTheAsking() {
        var throttle = KeyframeThrottle()
        let early = throttle.takeRequest(now: .zero)
        throttle.want(at: .zero)
        let asked = throttle.takeRequest(now: .zero)
        #expect(!early && asked)
        throttle.keyframeBegan(at: .zero)
        #expect(throttle.nextTimeout == nil)
        let late = throttle.takeRequest(now: .zero + .seconds(9))
        #expect(!late)
    }

    @Test func aLostRequestIsSentAgain() {
        var throttle = KeyframeThrottle()
        throttle.want(at: .zero)
        let first = throttle.takeRequest(now: .zero + .seconds(1))
        #expect(first)
        #expect(throttle.nextTimeout == .zero + .milliseconds(1_500))
        let second = throttle.takeRequest(now: .zero + .milliseconds(1_500))
        #expect(second)
    }

    @Test func timestampsFollowTheWallClock() throws {
        var clock = PublisherClock()
        #expect(clock.timestamp(at: 0, clockRate: 90_000) == nil)
        clock.note(timestamp: 0xFFFF_FFF0, wallClock: 1_000_000_000, remote: 0, at: .zero)
        #expect(clock.timestamp(at: 1_001_000_000, clockRate: 90_000) == 0xFFFF_FFF0 &+ 90)
        #expect(clock.timestamp(at: 999_000_000, clockRate: 90_000) == 0xFFFF_FFF0 &- 90)
        #expect(clock.timestamp(at: .max, clockRate: 90_000) == nil)
    }

    @Test func aClockThatStoodStillIsFoundOut() {
        var clock = PublisherClock()
        #expect(!clock.agrees(with: 0, arrivedAt: 0, clockRate: 90_000))
        clock.note(timestamp: 0xFFFF_FFF0, wallClock: 1_000_000_000, remote: 0, at: .zero)
        // Captured as the report says, and 399 ms on its way.
        #expect(clock.agrees(with: 0xFFFF_FFF0, arrivedAt: 1_399_000_000, clockRate: 90_000))
        #expect(!clock.agrees(with: 0xFFFF_FFF0, arrivedAt: 1_401_000_000, clockRate: 90_000))
        // From the future.
        #expect(clock.agrees(with: 0xFFFF_FFF0 &+ 35_000, arrivedAt: 1_000_000_000, clockRate: 90_000))
        #expect(!clock.agrees(with: 0xFFFF_FFF0 &+ 37_000, arrivedAt: 1_000_000_000, clockRate: 90_000))
    }

    /// Sound and picture of one publisher, reported with different delays, end up on one scale.
    @Test func lipSyncSurvivesTheTranslation() throws {
        var offset = ClockOffset()
        var audio = PublisherClock()
        var video = PublisherClock()
        let publisherEpoch: Int64 = 5_000_000_000_000
        for second in Int64(0)..<20 {
            let written = publisherEpoch + second * 1_000_000_000
            let local = second * 1_000_000_000
            let audioAt = offset.translate(remote: written, local: local + 20_000_000)
            audio.note(timestamp: UInt32(second * 48_000), wallClock: audioAt, remote: 0, at: .zero)
            let videoAt = offset.translate(remote: written, local: local + 90_000_000)
            video.note(timestamp: UInt32(second * 90_000), wallClock: videoAt, remote: 0, at: .zero)
        }
        // The same moment on both RTP clocks, within two milliseconds.
        let now: Int64 = 19_500_000_000
        let audioTime = Double(try #require(audio.timestamp(at: now, clockRate: 48_000))) / 48_000
        let videoTime = Double(try #require(video.timestamp(at: now, clockRate: 90_000))) / 90_000
        #expect(abs(audioTime - videoTime) < 0.005)
    }

    @Test func reportsTellTheLossOfTheirInterval() throws {
        var statistics = ReceiveStatistics(clockRate: 90_000)
        let none = statistics.takeReport()
        #expect(none == nil)
        for sequence in UInt16(65_500)...UInt16(65_535) {
            _ = statistics.note(sequence: sequence, timestamp: 0, arrival: .zero)
        }
        let first = statistics.takeReport()
        let clean = try #require(first)
        #expect(clean.fractionLost == 0 && clean.cumulativeLost == 0)
        for sequence in UInt16(0)..<100 where sequence % 4 != 0 || sequence == 0 {
            _ = statistics.note(sequence: sequence, timestamp: 0, arrival: .zero)
        }
        let second = statistics.takeReport()
        let lossy = try #require(second)
        #expect(lossy.cumulativeLost == 24)
        #expect(lossy.fractionLost == 24 * 256 / 100)
        #expect(lossy.extendedHighestSequence == 65_536 + 99)
    }

    @Test func evenArrivalsHaveNoJitterAndUnevenOnesDo() throws {
        var even = ReceiveStatistics(clockRate: 90_000)
        var uneven = ReceiveStatistics(clockRate: 90_000)
        for frame in Int64(0)..<200 {
            let at = MonotonicInstant.zero + .milliseconds(frame * 20)
            let timestamp = UInt32(frame * 1_800)
            _ = even.note(sequence: UInt16(frame), timestamp: timestamp, arrival: at)
            let late = frame.isMultiple(of: 2) ? Duration.milliseconds(10) : .zero
            _ = uneven.note(sequence: UInt16(frame), timestamp: timestamp, arrival: at + late)
        }
        let evenReport = even.takeReport()
        #expect(evenReport?.jitter == 0)
        // 10 ms are 900 ticks, one way or the other with each packet.
        let lateReport = uneven.takeReport()
        let unevenReport = try #require(lateReport)
        #expect((850...950).contains(unevenReport.jitter))
    }
}
