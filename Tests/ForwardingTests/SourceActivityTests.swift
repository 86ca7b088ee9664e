import Forwarding
import Primitives
import RTP
import Testing

struct SourceActivityTests {
    /// Pictures at these milliseconds, in two packets each.
    private func activity(_ pictures: [Int64]) -> SourceActivity {
        var activity = SourceActivity()
        for at in pictures {
            for _ in 0..<2 { activity.note(timestamp: UInt32(at * 90), at: .zero + .milliseconds(at)) }
        }
        return activity
    }

    @Test func thirtyPicturesASecondAreMissedAfterAQuarterOfASecond() {
        let source = activity((0..<60).map { $0 * 33 })
        let last = MonotonicInstant.zero + .milliseconds(59 * 33)
        #expect(source.patience == .milliseconds(250))
        #expect(!source.isSilent(at: last + .milliseconds(249)))
        #expect(source.isSilent(at: last + .milliseconds(250)))
        // Ten a second within three pictures.
        #expect(activity((0..<60).map { $0 * 100 }).patience == .milliseconds(300))
    }

    @Test func theBoundsHold() {
        #expect(activity((0..<100).map { $0 * 8 }).patience == .milliseconds(250))
        #expect(activity([0, 10_000, 20_000]).patience == .seconds(30))
        #expect(activity([0]).patience == .seconds(1))
        #expect(activity([]).isSilent(at: .zero))
    }

    @Test func aLongerIntervalCountsAtOnceWithinBoundsAndIsForgottenSlowly() {
        var source = activity((0..<30).map { $0 * 33 })
        // A minute's pause of a layer is no interval between its pictures.
        source.note(timestamp: 7, at: .zero + .milliseconds(61_000))
        #expect(source.patience == .milliseconds(250))
        source.note(timestamp: 8, at: .zero + .milliseconds(64_000))
        #expect(source.patience == .milliseconds(750))
        source.note(timestamp: 9, at: .zero + .milliseconds(67_000))
        #expect(source.patience == .seconds(3))
        for picture in 1...60 {
            source.note(timestamp: UInt32(picture) * 3_000, at: .zero + .milliseconds(Int64(67_000 + picture * 33)))
        }
        #expect(source.patience < .milliseconds(300))
    }

    @Test func aStopThatAKeyframeEndsIsNoInterval() {
        // An encoding that is switched off and on again and again is missed as soon as the first time.
        var source = activity((0..<30).map { $0 * 33 })
        var at: Int64 = 29 * 33
        for stop in [Int64(300), 730, 2_400, 3_900] {
            at += stop
            source.note(timestamp: UInt32(at * 90), isKeyframeStart: true, at: .zero + .milliseconds(at))
            #expect(source.patience == .milliseconds(250), "after \(stop) ms")
            for _ in 0..<10 {
                at += 33
                source.note(timestamp: UInt32(at * 90), at: .zero + .milliseconds(at))
            }
        }
        // One that has become slow sends pictures of both kinds, and its keyframes are not far between.
        for picture in 1...12 {
            at += 500
            source.note(
                timestamp: UInt32(at * 90), isKeyframeStart: picture % 4 == 1, at: .zero + .milliseconds(at))
        }
        #expect(source.patience == .milliseconds(1_500))
        // So does one of keyframes alone.
        for picture in 1...3 {
            source.note(
                timestamp: UInt32(picture), isKeyframeStart: true,
                at: .zero + .milliseconds(at + Int64(picture) * 1_600))
        }
        #expect(source.patience == .milliseconds(4_800))
    }

    @Test func goingOnTakesSeveralPictures() {
        let source = activity([0, 100, 200, 300, 400, 500])
        #expect(source.hasGoneOn(since: .zero + .milliseconds(99)))
        #expect(!source.hasGoneOn(since: .zero + .milliseconds(100)))
        #expect(!activity([0, 100, 200, 300]).hasGoneOn(since: .zero - .seconds(1)))
    }

    @Test func theRateFollowsThatOfEachWindow() {
        var meter = SmoothedRate()
        for step in Int64(0)...10 { meter.note(octets: 1_000, at: .zero + .milliseconds(step * 50)) }
        #expect(meter.value == .kilobits(160))
        meter.note(octets: 125_000, at: .zero + .milliseconds(1_500))
        #expect(meter.value == .kilobits(370), "a quarter of the way to 1,000")
    }
}
