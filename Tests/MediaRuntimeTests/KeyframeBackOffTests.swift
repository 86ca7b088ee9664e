import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// A publisher that sends no keyframe, however often it is asked.
@Suite struct KeyframeBackOffTests {
    /// A publisher and a viewer who waits for a keyframe: the first one was lost.
    private func waiting() throws -> (VirtualRoom, Participant, Participant, () -> [MonotonicInstant]) {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        let requests = Requests()
        room.sink.observer = { octets, path in
            // PSFB: PLI and FIR. The type of RTCP is in clear.
            if path.remote == publisher.address, octets.count > 1, octets[1] == 206 { requests.at.append(room.now) }
        }
        room.network.interceptor = { !($0.to == publisher.address && $0.octets.count > 1 && $0.octets[1] == 206) }
        publisher.publisher?.layers[0].wantsKeyframe = false
        room.startPublishing(publisher)
        return (room, publisher, viewer, { requests.at })
    }

    private final class Requests {
        var at: [MonotonicInstant] = []
    }

    @Test func isAskedEverMoreSeldom() throws {
        let (room, _, _, requests) = try waiting()
        room.run(.seconds(120))
        // 0.5, 1, 2, 4, 8 s, then each 16 s.
        #expect((11...13).contains(requests().count), "\(requests().count)")
        let steps = zip(requests(), requests().dropFirst()).map { $1 - $0 }
        #expect(steps[0] < .milliseconds(700) && steps[1] < .milliseconds(1_300))
        #expect(try #require(steps.last) > .seconds(15))
    }

    @Test func isToldAfterFiveSecondsAndThenOnceAMinute() throws {
        let (room, publisher, _, requests) = try waiting()
        func told() -> [(at: MonotonicInstant, waited: Duration, requests: Int)] {
            room.events.compactMap { at, event in
                guard case .keyframeMissing(publisher.videoTrack, nil, let waited, let requests) = event else {
                    return nil
                }
                return (at, waited, requests)
            }
        }
        room.run(.seconds(4))
        #expect(told().isEmpty && requests().count >= 3)
        room.run(.seconds(110))
        let all = told()
        #expect(all.count == 2, "\(all)")
        let first = try #require(all.first), last = try #require(all.last)
        #expect(
            first.waited >= KeyframeThrottle.patience && first.waited < KeyframeThrottle.patience + .milliseconds(100))
        #expect(first.requests >= 3 && last.requests > first.requests)
        #expect(last.at - first.at >= KeyframeThrottle.tellingInterval)
        // A keyframe ends it.
        publisher.publisher?.layers[0].wantsKeyframe = true
        room.run(.seconds(120))
        #expect(told().count == 2)
    }

    @Test func whatNobodyWatchesIsNotTold() throws {
        let (room, publisher, viewer, _) = try waiting()
        room.run(.seconds(2))
        room.command(.closeTransport(viewer.id))
        room.run(.seconds(60))
        #expect(
            !room.events.contains {
                if case .keyframeMissing(publisher.videoTrack, _, _, _) = $0.event { true } else { false }
            })
    }

    @Test func aViewerWhoAsksDoesNotWaitThatLong() throws {
        let (room, _, viewer, requests) = try waiting()
        room.run(.seconds(60))
        let before = requests().count
        for _ in 0..<40 {
            viewer.client.requestKeyframe(slot: 1)
            room.settle(viewer)
            room.run(.milliseconds(500))
        }
        #expect((9...11).contains(requests().count - before), "\(requests().count - before)")
    }

    @Test func aNewSourceANewGateAndANewPathBeginAnew() throws {
        let (room, publisher, _, requests) = try waiting()
        room.run(.seconds(60))
        func asked(within time: Duration) -> Bool {
            let before = requests().count
            room.run(time)
            return requests().count > before
        }
        publisher.publisher?.restart(layer: 0, ahead: 100)
        #expect(asked(within: .milliseconds(60)))
        room.run(.seconds(60))
        room.worker.wantKeyframes(of: try #require(room.worker.peers[publisher.id]), now: room.now)
        #expect(asked(within: .milliseconds(10)))
        room.run(.seconds(60))
        for isOpen in [false, true] { room.command(.setGate(publisher.videoTrack, isOpen: isOpen)) }
        #expect(asked(within: .milliseconds(60)))
    }

    @Test func aKeyframeEndsTheBackOff() throws {
        let (room, publisher, viewer, requests) = try waiting()
        room.run(.seconds(60))
        publisher.publisher?.layers[0].wantsKeyframe = true
        room.run(.seconds(1))
        #expect(viewer.records[1].decoded > 20)
        let before = requests().count
        viewer.client.requestKeyframe(slot: 1)
        room.settle(viewer)
        room.run(.milliseconds(700))
        #expect(requests().count == before + 2)
    }
}
