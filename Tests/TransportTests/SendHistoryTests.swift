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

    /// Sends `count` packets of 1,000 octets, one a millisecond.
    private func send(_ history: SendHistory, from first: Int64 = 0, count: Int64) {
        for number in first..<first + count { history.reference.note(number, octets: 1_000, now: at(number)) }
    }

    @Test func aFeedbackFindsWhatWasSentAndWhen() {
        let history = SendHistory()
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
        let history = SendHistory()
        send(history, count: 3)
        var news = 0
        for _ in 0..<5 {
            history.note(feedback(from: 0, [at(5), at(6), at(7)]), next: 3, now: at(60)) { _ in news += 1 }
        }
        #expect(news == 3 && history.packetsAcknowledged == 3)
    }

    @Test func aLatePacketTurnsFromLostToAcknowledged() {
        let history = SendHistory()
        send(history, count: 3)
        history.note(feedback(from: 0, [at(5), nil, at(7)]), next: 3, now: at(60))
        #expect(history.packetsReportedLost == 1)
        history.note(feedback(from: 1, [at(66)]), next: 3, now: at(70))
        #expect(history.packetsAcknowledged == 3)
    }

    @Test func anOutageIsTakenInOneFeedback() {
        let history = SendHistory()
        let sent = Int64(70_000)
        send(history, count: sent)
        // The peer tells of the last 65,535 numbers: all lost but the last.
        var outage = feedback(from: UInt16(truncatingIfNeeded: sent - 65_535), [at(1)])
        outage.deltas = Array(repeating: nil, count: 65_534) + [3]
        var told: [SendHistory.Outcome] = []
        history.note(outage, next: sent, now: at(sent)) { told.append($0) }
        // What is remembered is looked at, once.
        #expect(told.count == SendHistory.capacity)
        #expect(told.first?.sequence == sent - Int64(SendHistory.capacity) && told.last?.sequence == sent - 1)
        #expect(history.packetsReportedLost == UInt64(SendHistory.capacity - 1) && history.packetsAcknowledged == 1)
    }

    @Test func numbersThatWereNeverSentOrLongAgoAreNotBelieved() {
        let history = SendHistory()
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
        let history = SendHistory()
        send(history, from: 65_530, count: 12)
        var sequences: [Int64] = []
        history.note(
            feedback(from: 65_533, (0..<6).map { at(70_000 + $0) }), next: 65_542, now: at(65_600)
        ) { sequences.append($0.sequence) }
        #expect(sequences == Array(65_533...65_538))
    }

    @Test func theAcknowledgedRateIsWhatComesThroughAndCannotBeInflated() throws {
        let history = SendHistory()
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
}
