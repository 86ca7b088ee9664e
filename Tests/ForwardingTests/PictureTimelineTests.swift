import Primitives
import RTP
import Testing

@testable import Forwarding

/// How the clocks of two encodings are found to lie to each other.
struct PictureTimelineTests {
    private let encodings = (0..<3).map { index in
        PublishedEncoding(
            id: EncodingID(index), track: TrackID(rawValue: 1), encoding: .init(rid: "\(index)"), kind: .video,
            clockRate: 90_000)
    }
    private static let bases: [UInt32] = [0xFFFF_F000, 77, 1_000_000]

    /// The timestamp of a picture, each of which comes 33 ms after the one before.
    private func timestamp(_ picture: Int, _ encoding: Int) -> UInt32 {
        Self.bases[encoding] &+ UInt32(picture * 3_000)
    }

    private func note(
        _ timeline: inout PictureTimeline, picture: Int, encoding: Int, delay: Duration = .zero
    ) {
        timeline.note(
            encoding, of: encodings, timestamp: timestamp(picture, encoding),
            at: .zero + .seconds(1) + .microseconds(picture * 33_333) + delay)
    }

    /// A report written at a picture's capture, wrong by some ticks.
    private func report(picture: Int, encoding: Int, error: Int32 = 0) {
        let at = MonotonicInstant.zero + .seconds(1) + .microseconds(picture * 33_333)
        encodings[encoding].clock.note(
            timestamp: timestamp(picture, encoding) &+ UInt32(bitPattern: error), wallClock: at.nanoseconds,
            remote: at.nanoseconds + 5_000_000_000, at: at)
    }

    private func distance(_ timeline: PictureTimeline, _ from: Int = 1, _ to: Int = 0) -> UInt32? {
        timeline.distance(from: EncodingID(from), to: EncodingID(to))
    }

    @Test func beforeReportsThreePairsThatAgreeAreBelieved() {
        var timeline = PictureTimeline()
        for picture in 0..<3 {
            #expect(distance(timeline) == nil)
            note(&timeline, picture: picture, encoding: 0)
            note(&timeline, picture: picture, encoding: 1, delay: .milliseconds(9 - picture))
        }
        #expect(distance(timeline) == Self.bases[0] &- Self.bases[1])
        #expect(distance(timeline, 0, 1) == Self.bases[1] &- Self.bases[0])
        #expect(distance(timeline, 2, 0) == nil)
    }

    @Test func picturesThatComeLaterThanTheNextOneDoNotPair() {
        var timeline = PictureTimeline()
        // Each comes within 20 ms of the next picture of the other, and of its own.
        for picture in 0..<60 {
            note(&timeline, picture: picture, encoding: 0)
            if picture > 0 { note(&timeline, picture: picture - 1, encoding: 1, delay: .milliseconds(50)) }
        }
        #expect(distance(timeline) == nil)
    }

    @Test(arguments: [-86, 0, 86] as [Int32])
    func reportsAreMadeExactByAPictureThatBothHave(error: Int32) {
        var timeline = PictureTimeline()
        report(picture: 0, encoding: 0)
        report(picture: 1, encoding: 1, error: error)
        for picture in 0..<8 {
            note(&timeline, picture: picture, encoding: 0)
            if picture >= 5 { note(&timeline, picture: picture - 5, encoding: 1, delay: .milliseconds(170)) }
        }
        #expect(distance(timeline) == Self.bases[0] &- Self.bases[1])
    }

    @Test func aReportThatComesLaterIsUsedAtOnceAndCorrectsAWrongPair() {
        var timeline = PictureTimeline()
        // The other encoding is a whole picture late: pairs are wrong by one.
        for picture in 0..<8 {
            note(&timeline, picture: picture, encoding: 0)
            if picture > 0 { note(&timeline, picture: picture - 1, encoding: 1, delay: .microseconds(33_400)) }
        }
        #expect(distance(timeline) == Self.bases[0] &- Self.bases[1] &+ 3_000)
        report(picture: 7, encoding: 0)
        timeline.noteReport(of: encodings)
        report(picture: 7, encoding: 1, error: 50)
        timeline.noteReport(of: encodings)
        #expect(distance(timeline) == Self.bases[0] &- Self.bases[1])
    }

    @Test func aClockIsForgottenAfterASilenceOrAJump() {
        var timeline = PictureTimeline()
        for picture in 0..<5 {
            for encoding in 0..<2 { note(&timeline, picture: picture, encoding: encoding) }
        }
        #expect(distance(timeline) != nil)
        // The smaller goes on; the larger comes back after two seconds, with a clock of its own.
        for picture in 5..<65 { note(&timeline, picture: picture, encoding: 0) }
        #expect(distance(timeline) != nil, "what was sent before can still be told")
        let now = MonotonicInstant.zero + .seconds(1) + .microseconds(65 * 33_333)
        timeline.note(1, of: encodings, timestamp: timestamp(6, 1), at: now)
        #expect(distance(timeline) == nil)
        var jumped = PictureTimeline()
        for picture in 0..<5 {
            for encoding in 0..<2 { note(&jumped, picture: picture, encoding: encoding) }
        }
        jumped.note(1, of: encodings, timestamp: 0x7000_0000, at: .zero + .milliseconds(1_200))
        #expect(distance(jumped) == nil)
    }

    @Test func theTimeGoesOnThoughTheEncodingThatBeganItStops() {
        var timeline = PictureTimeline()
        for picture in 0..<5 {
            for encoding in 0..<2 { note(&timeline, picture: picture, encoding: encoding) }
        }
        for picture in 5..<100 { note(&timeline, picture: picture, encoding: 1) }
        for picture in 100..<105 {
            for encoding in 1..<3 { note(&timeline, picture: picture, encoding: encoding) }
        }
        #expect(distance(timeline, 2, 1) == Self.bases[1] &- Self.bases[2])
    }

    @Test func reportsOfAClockThatStoodStillAreNotBelieved() {
        var timeline = PictureTimeline()
        report(picture: 0, encoding: 0)
        report(picture: 0, encoding: 1)
        for picture in 0..<3 { note(&timeline, picture: picture, encoding: 0) }
        // It comes two seconds later with the time of the report.
        let now = MonotonicInstant.zero + .seconds(3)
        timeline.note(0, of: encodings, timestamp: timestamp(60, 0), at: now)
        timeline.note(1, of: encodings, timestamp: timestamp(1, 1), at: now)
        #expect(distance(timeline) == nil)
    }
}
