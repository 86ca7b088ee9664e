import Primitives
import RTP
import Testing
import Transport

@Suite struct SendHistoryTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant { .zero + .milliseconds(milliseconds) }

    private func feedback(from base: UInt16, _ arrivals: [MonotonicInstant?]) -> TransportFeedback {
        TransportFeedback.reports(
            on: arrivals, from: base, senderSSRC: SSRC(1), mediaSSRC: SSRC(2), firstFeedbackCount: 0)[0]
    }

    private let times = SendTimes()

    /// Sends `count` packets of 1,000 octets, one a millisecond, each in a batch of its own.
    private func send(_ history: SendHistory, from first: Int64 = 0, count: Int64) {
        for number in first..<first + count {
            let stamp = SendHistoryReference.stamp(batch: times.current, kind: .video)
            history.reference.note(number, octets: 1_000, stamp: stamp)
            times.noteFlush(at: at(number))
        }
    }

    @Test func aFeedbackFindsWhatWasSentAndWhen() {
        let history = SendHistory(times: times)
        send(history, count: 4)
        var outcomes: [SendHistory.Outcome] = []
        // The peer's clock has an origin of its own.
        history.note(
            feedback(from: 0, [at(90_005), nil, at(90_009), nil].map { $0 }), next: 4, now: at(50)
        ) { outcomes.append($0) }
        #expect(outcomes.map(\.sequence) == [0, 1, 2])
        #expect(outcomes.map(\.sentAt) == [at(0), at(1), at(2)])
        #expect(outcomes.map { $0.arrival == nil } == [false, true, false])
        let spacing = (outcomes[2].arrival ?? .zero) - (outcomes[0].arrival ?? .zero)
        #expect(abs((spacing - .milliseconds(4)).inMilliseconds) <= 0.25)
        #expect(history.packetsAcknowledged == 2 && history.packetsReportedLost == 1)
    }

    @Test func aPacketCountsOnceHoweverOftenItIsToldOf() {
        let history = SendHistory(times: times)
        send(history, count: 3)
        var news = 0
        for _ in 0..<5 {
            history.note(feedback(from: 0, [at(5), at(6), at(7)]), next: 3, now: at(60)) { _ in news += 1 }
        }
        #expect(news == 3 && history.packetsAcknowledged == 3)
    }

    @Test func aLatePacketTurnsFromLostToAcknowledged() {
        let history = SendHistory(times: times)
        send(history, count: 3)
        history.note(feedback(from: 0, [at(5), nil, at(7)]), next: 3, now: at(60))
        #expect(history.packetsReportedLost == 1)
        history.note(feedback(from: 1, [at(66)]), next: 3, now: at(70))
        #expect(history.packetsAcknowledged == 3)
    }

    @Test func anOutageIsTakenInOneFeedback() {
        let history = SendHistory(times: times)
        let sent = Int64(70_000)
        send(history, count: sent)
        // The peer tells of the last 65,535 numbers: all lost but the last.
        var outage = feedback(from: UInt16(truncatingIfNeeded: sent - 65_535), [at(1)])
        outage.deltas = Array(repeating: nil, count: 65_534) + [3]
        var told: [SendHistory.Outcome] = []
        history.note(outage, next: sent, now: at(sent)) { told.append($0) }
        // What is remembered is looked at, once.
        #expect(told.count == SendHistory.initialCapacity)
        #expect(told.first?.sequence == sent - Int64(SendHistory.initialCapacity) && told.last?.sequence == sent - 1)
        #expect(
            history.packetsReportedLost == UInt64(SendHistory.initialCapacity - 1) && history.packetsAcknowledged == 1)
    }

    @Test func numbersThatWereNeverSentOrLongAgoAreNotBelieved() {
        let history = SendHistory(times: times)
        send(history, count: 10)
        var news = 0
        history.note(feedback(from: 8, [at(5), at(6), at(7), at(8)]), next: 10, now: at(60)) { _ in news += 1 }
        #expect(news == 2)
        history.note(feedback(from: 60_000, [at(5)]), next: 10, now: at(60)) { _ in news += 1 }
        send(history, from: 10, count: 5_000)
        history.note(feedback(from: 9, [at(5)]), next: 5_010, now: at(6_000)) { _ in news += 1 }
        #expect(news == 2)
    }

    @Test func numbersWrap() {
        let history = SendHistory(times: times)
        send(history, from: 65_530, count: 12)
        var sequences: [Int64] = []
        history.note(
            feedback(from: 65_533, (0..<6).map { at(70_000 + $0) }), next: 65_542, now: at(65_600)
        ) { sequences.append($0.sequence) }
        #expect(sequences == Array(65_533...65_538))
    }

    @Test func theAcknowledgedRateIsWhatComesThroughAndCannotBeInflated() throws {
        let history = SendHistory(times: times)
        // 1,000 octets a millisecond are 8 Mbit/s, of which half arrives; each packet is told of three times.
        for tenth in Int64(0)..<30 {
            send(history, from: tenth * 100, count: 100)
            let base = UInt16(truncatingIfNeeded: tenth * 100)
            let arrivals = (Int64(0)..<99).map { $0 % 2 == 0 ? at(tenth * 100 + $0) : nil }
            for _ in 0..<3 {
                history.note(feedback(from: base, arrivals), next: tenth * 100 + 100, now: at(tenth * 100 + 99))
            }
        }
        let rate = try #require(history.acknowledgedRate(at: at(3_000)))
        #expect((3_900_000...4_100_000).contains(rate.bitsPerSecond), "\(rate)")
        #expect(history.acknowledgedRate(at: at(9_000)) == .zero)
    }

    @Test func aPacketsTimeIsThatOfItsFlushAndItsKindIsKept() {
        let history = SendHistory(times: times)
        // One of each kind is sealed at the same time; they leave in two batches, 3 and 9 ms later.
        for (number, kind) in PacketKind.allCases.enumerated() {
            let stamp = SendHistoryReference.stamp(batch: times.current, kind: kind)
            history.reference.note(Int64(number), octets: 100 + number, stamp: stamp)
            if number == 2 { times.noteFlush(at: at(3)) }
        }
        times.noteFlush(at: at(9))
        var outcomes: [SendHistory.Outcome] = []
        history.note(feedback(from: 0, (0..<5).map { at(40 + $0) }), next: 5, now: at(50)) { outcomes.append($0) }
        #expect(outcomes.map(\.kind) == PacketKind.allCases)
        #expect(outcomes.map(\.octets) == [100, 101, 102, 103, 104])
        #expect(outcomes.map(\.sentAt) == [at(3), at(3), at(3), at(9), at(9)])
    }

    @Test func whatHasNotLeftYetHasNoTime() {
        let history = SendHistory(times: times)
        history.reference.note(
            0, octets: 100, stamp: SendHistoryReference.stamp(batch: times.current, kind: .audio))
        var news = 0
        history.note(feedback(from: 0, [at(5)]), next: 1, now: at(50)) { _ in news += 1 }
        #expect(news == 0 && history.packetsAcknowledged == 1)
    }

    @Test func twoSecondsAtTwentyMegabitsAreRemembered() throws {
        let history = SendHistory(times: times)
        // 20 Mbit/s in packets of 1,000 octets are 2,500 a second.
        var next: Int64 = 0
        var grown: [Bool] = []
        for second in Int64(0)..<4 {
            for _ in 0..<2_500 {
                history.reference.note(
                    next, octets: 1_000, stamp: SendHistoryReference.stamp(batch: times.current, kind: .video))
                times.noteFlush(at: at(second * 1_000) + .microseconds(next % 2_500 * 400))
                next += 1
            }
            grown.append(history.fit(next: next, now: at(second * 1_000 + 1_000)))
        }
        #expect(grown == [false, true, false, false])
        #expect(history.capacity == SendHistory.maximumCapacity)
        // Packets of two seconds ago are still told apart, one by one.
        let first = next - 5_000
        var sent: [MonotonicInstant] = []
        history.note(
            feedback(from: UInt16(truncatingIfNeeded: first), [at(9), at(9), at(10)]), next: next, now: at(4_000)
        ) { sent.append($0.sentAt) }
        #expect(sent == [at(2_000), at(2_000) + .microseconds(400), at(2_000) + .microseconds(800)])
    }

    @Test func whoReceivesLittleKeepsTheSmallHistory() {
        let history = SendHistory(times: times)
        for second in Int64(0)..<10 {
            send(history, from: second * 200, count: 200)
            #expect(!history.fit(next: second * 200 + 200, now: at(second * 1_000 + 1_000)))
        }
        #expect(history.capacity == SendHistory.initialCapacity)
    }

    @Test func growingForgetsNothing() {
        let history = SendHistory(times: times)
        send(history, count: 900)
        _ = history.fit(next: 900, now: at(900))
        send(history, from: 900, count: 900)
        let grown = history.fit(next: 1_800, now: at(1_800))
        #expect(grown && history.capacity == 2_048)
        var sequences: [Int64] = []
        history.note(feedback(from: 1_000, [at(1), nil, at(2)]), next: 1_800, now: at(1_900)) {
            sequences.append($0.sequence)
        }
        #expect(sequences == [1_000, 1_001, 1_002])
    }
}
