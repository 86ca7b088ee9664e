import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing
import Transport

@testable import MediaRuntime

/// When packets are said to have left, and what they are said to be.
@Suite struct SendTimeTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant { .zero + .milliseconds(milliseconds) }

    /// A sink that takes a while for each batch, as the kernel does.
    private final class SlowSink: DatagramSink {
        var now = MonotonicInstant.zero
        private(set) var batches = 0

        func send(_ batch: SendBatch) -> MonotonicInstant {
            batches += 1
            now = now + .milliseconds(2)
            return now
        }
    }

    @Test func eachBatchHasTheTimeOfItsOwnFlush() throws {
        let sink = SlowSink()
        sink.now = at(10)
        let egress = try Egress(
            sink: sink, joinsDatagrams: false, counters: WorkerCounters(worker: WorkerID(rawValue: 0)))
        let path = NetworkPath(
            local: TransportAddress(v4: 10, 0, 0, 1, port: 1), remote: TransportAddress(v4: 10, 0, 0, 2, port: 2))
        var numbers: [UInt32] = []
        // More messages than a batch takes: the first batch is flushed when it is full, the second at the end.
        for _ in 0..<SendBatch.maximumMessages + 1 {
            egress.send([1, 2, 3], to: Route(path))
            numbers.append(egress.times.current)
        }
        egress.flush()
        #expect(sink.batches == 2)
        #expect(numbers.first == 0 && numbers.last == 1)
        #expect(egress.times.time(ofBatch: 0, now: at(100)) == at(12))
        #expect(egress.times.time(ofBatch: 1, now: at(100)) == at(14))
        #expect(egress.times.time(ofBatch: 2, now: at(100)) == nil)
    }

    @Test func aViewersHistoryTellsAudioVideoAndRetransmissionsApart() throws {
        let room = try VirtualRoom()
        room.sink.sendingTakes = .milliseconds(3)
        let (_, viewer) = try room.playing()
        // Some get lost on the way to the viewer, which asks for them.
        room.network.setConditions(
            LinkConditions(latency: .milliseconds(10), loss: 0.3), from: VirtualRoom.serverV4, to: viewer.address)
        // In microseconds, which is what the history keeps.
        var turns: Set<Int64> = []
        room.sink.observer = { [unowned room] _, _ in turns.insert(room.sink.now.nanoseconds / 1_000) }
        room.run(.seconds(1))
        let peer = try #require(room.worker.peers[viewer.id])
        let history = try #require(peer.transport.history)
        let next = unsafe room.worker.egress.peers[peer.index].pointee.transportSequence
        // The viewer says that all of the last came, which it did not say of those that were lost or are on their way.
        let count = 100
        let arrivals: [MonotonicInstant?] = (0..<count).map { at(Int64($0)) }
        let feedback = TransportFeedback.reports(
            on: arrivals, from: UInt16(truncatingIfNeeded: next - Int64(count)), senderSSRC: SSRC(1),
            mediaSSRC: SSRC(2), firstFeedbackCount: 0)[0]
        var outcomes: [SendHistory.Outcome] = []
        history.note(feedback, next: next, now: room.now) { outcomes.append($0) }
        #expect(Set(outcomes.map(\.kind)) == [.audio, .video, .retransmission])
        // Each left 3 ms after a turn in which something was sent.
        #expect(outcomes.allSatisfy { turns.contains($0.sentAt.nanoseconds / 1_000 - 3_000) })
    }
}
