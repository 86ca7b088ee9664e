import Client
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct ReportTests {
    private func playing(_ room: VirtualRoom, for duration: Duration) throws -> (Participant, Participant) {
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(duration)
        return (publisher, viewer)
    }

    @Test func transportFeedbackReachesThePublisherAtLeastEveryTenthOfASecondFromItsFirstPacket() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try playing(room, for: .seconds(5))
        var last = room.now - .seconds(5)
        var longest = Duration.zero
        var told = 0
        var count: UInt8?
        for (at, event) in publisher.events {
            guard case .transportFeedback(let feedback) = event else { continue }
            longest = max(longest, at - last)
            last = at
            told += feedback.deltas.count { $0 != nil }
            if let count { #expect(feedback.feedbackCount == count &+ 1) }
            count = feedback.feedbackCount
        }
        // The packet's way, the interval, and the way back.
        #expect(longest <= .milliseconds(120))
        #expect(room.now - last <= .milliseconds(120))
        let sent = publisher.client.encodings.joined().reduce(0) { $0 + Int($1.packetsSent) }
        #expect(told > sent - 30 && told <= sent)
    }

    @Test func transportFeedbackTellsOfLoss() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try playing(room, for: .seconds(1))
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.1), from: publisher.address, to: VirtualRoom.serverV4)
        let from = room.now
        room.run(.seconds(4))
        var received = 0
        var missing = 0
        for (at, event) in publisher.events where at > from {
            guard case .transportFeedback(let feedback) = event else { continue }
            received += feedback.deltas.count { $0 != nil }
            missing += feedback.deltas.count { $0 == nil }
        }
        let fraction = Double(missing) / Double(received + missing)
        #expect((0.06...0.14).contains(fraction), "\(fraction)")
    }

    @Test func receiverReportsTellThePublisherItsLossAndRoundTrip() throws {
        let room = try VirtualRoom()
        let (publisher, _) = try playing(room, for: .seconds(3))
        let blocks = publisher.events.compactMap { entry -> (MonotonicInstant, ReportBlock)? in
            if case .reported(1, 0, let block) = entry.event { (entry.at, block) } else { nil }
        }
        let (at, block) = try #require(blocks.last)
        #expect(block.cumulativeLost == 0 && block.fractionLost == 0)
        let offset = publisher.client.options.wallClockOffset
        let arrival = NTPTimestamp(nanosecondsSince1970: at.nanoseconds + offset)
        let roundTrip = try #require(block.roundTripTime(arrival: arrival))
        #expect(roundTrip >= .milliseconds(19) && roundTrip <= .milliseconds(21))
    }

    @Test func senderReportsCountWhatWasForwarded() throws {
        let room = try VirtualRoom()
        let (_, viewer) = try playing(room, for: .milliseconds(4_300))
        for slot in viewer.client.slots {
            let last = try #require(slot.lastSenderReport)
            let since = room.now - last.at
            let perSecond = slot.parameters.kind == .audio ? 50.0 : 90.0
            let expected = Double(slot.statistics.packets) - since.inSeconds * perSecond
            #expect(abs(Double(last.report.packetCount) - expected) < 8)
        }
    }

    /// How far the clocks that a viewer reconstructs for sound and picture of a seat are apart.
    private func lipSyncError(_ viewer: Participant) throws -> Duration {
        var offsets: [Int64] = []
        for (slot, record) in zip(viewer.client.slots, viewer.records) {
            let report = try #require(slot.lastSenderReport).report
            let capture = try #require(record.lastCapture)
            let ticks = Int64(Int32(bitPattern: capture.timestamp &- report.rtpTimestamp))
            let clockRate: Int64 = slot.parameters.kind == .audio ? 48_000 : 90_000
            let time = report.ntpTimestamp + .nanoseconds(ticks * 1_000_000_000 / clockRate)
            let origin = NTPTimestamp(nanosecondsSince1970: VirtualRoom.serverWallClock)
            offsets.append((time - origin).wholeNanoseconds - capture.capturedAt.nanoseconds)
        }
        return .nanoseconds(abs(offsets[0] - offsets[1]))
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func soundAndPictureOfASeatStayInStepWhateverTheWayUpDoes(_ seed: UInt64) throws {
        let room = try VirtualRoom(seed: seed)
        let publisher = try room.join(.publisher())
        publisher.publisher?.encodingDelay = .milliseconds(45)
        let viewer = try room.join(.viewer())
        // Each report has a delay of its own on the way up.
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(20), jitter: .milliseconds(80)), from: publisher.address,
            to: VirtualRoom.serverV4)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        room.run(.seconds(3))
        for _ in 0..<10 {
            room.run(.milliseconds(700))
            let error = try lipSyncError(viewer)
            #expect(error <= .milliseconds(10), "\(error)")
        }
    }

    @Test func lipSyncSurvivesARefill() throws {
        let room = try VirtualRoom()
        let first = try room.join(.publisher())
        let second = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(first, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(first)
        room.startPublishing(second)
        room.run(.seconds(3))
        room.show(second, to: viewer)
        room.run(.milliseconds(2_500))
        #expect(try lipSyncError(viewer) <= .milliseconds(10))
    }

    /// A browser's RTP clock stands still while its sender has no track. Were sound or picture reported by the old clock,
    /// players would delay the picture by the time of absence.
    @Test(arguments: [true, false])
    func lipSyncSurvivesAnAbsence(offStage: Bool) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try playing(room, for: .seconds(5))
        if offStage { for track in publisher.tracks { room.command(.setGate(track, isOpen: false)) } }
        publisher.publisher?.stop()
        room.run(.milliseconds(900))
        if offStage { for track in publisher.tracks { room.command(.setGate(track, isOpen: true)) } }
        // From here on its timestamps begin anew.
        room.startPublishing(publisher)
        let before = try #require(viewer.client.slots[0].lastSenderReport).at
        for _ in 0..<80 {
            room.run(.milliseconds(50))
            guard viewer.client.slots[0].lastSenderReport?.at != before else { continue }
            let error = try lipSyncError(viewer)
            #expect(error <= .milliseconds(10), "\(error)")
        }
        #expect(try #require(viewer.client.slots[0].lastSenderReport).at > before)
        #expect(try #require(viewer.client.slots[1].lastSenderReport).at > before)
    }

    @Test func countersAreToldOnceASecond() throws {
        let room = try VirtualRoom()
        _ = try playing(room, for: .seconds(5))
        let statistics = room.events.compactMap { entry -> WorkerStatistics? in
            if case .statistics(let counters) = entry.event { counters } else { nil }
        }
        #expect((5...6).contains(statistics.count))
        let last = try #require(statistics.last)
        #expect(last.transports == 2 && last.packetsForwarded > 500)
        #expect(last.datagramsReceived > 500 && last.datagramsSent > 500)
    }
}
