import Primitives
import RTP
import Testing

@testable import Forwarding

/// Chromium's three encodings, replayed in virtual time: every pair of encodings, switched at every keyframe.
@Suite struct SimulcastReplayTests {
    private static let vp8 = PayloadMapping(payloadType: 96, format: CodecFormat(.vp8))

    /// One packet as it was sent to the viewer.
    struct Sent {
        var numbers: StreamRewriter.Numbers
        var encoding: EncodingID
        var packet: StoredPacket
    }

    final class Output: PacketOutput {
        var sent: [Sent] = []
        func chunk(for sink: Sink) -> Int { .max }
        func runOctets(for sink: Sink, isPatient: Bool) -> Int { .max }
        func begin(runOctets octets: Int, for sink: Sink) {}
        func isOpen(_ sink: Sink) -> Bool { true }
        func send(
            _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
            through subscription: UnsafeMutablePointer<Subscription>
        ) {
            unsafe sent.append(Sent(numbers: numbers, encoding: entry.encoding, packet: entry.packet.pointee))
        }
    }

    /// A router with the capture's track and one subscription.
    struct Replay {
        let capture: SimulcastCapture
        let router = Router(frameHold: .zero)
        let output = Output()
        let track: PublishedTrack
        let index: SubscriptionIndex
        /// Whether sender reports reach the router.
        var hasReports = true

        init(_ capture: SimulcastCapture) {
            self.capture = capture
            track = router.addTrack(
                TrackID(rawValue: 1), origin: .peer(.none),
                receive: ReceiveParameters(
                    mid: "1", kind: .video, payloads: [SimulcastReplayTests.vp8], extensions: HeaderExtensionMap(),
                    encodings: ["q", "h", "f"].map { .init(rid: $0) }),
                isOpen: true, isOpaque: false)
            let parameters = SendParameters(
                mid: "0", kind: .video, payloads: [SimulcastReplayTests.vp8], extensions: HeaderExtensionMap(),
                ssrc: SSRC(9), cname: "seat")
            index = router.addSubscription(to: .peer(.none, SlotIndex(0)), parameters: parameters, random: 7)
            router.subscribe(index, to: track.id, csrc: 5, now: .zero)
        }

        func cap(_ encoding: Int, at now: MonotonicInstant) {
            router.setCap(of: index, to: LayerChoice(encoding: EncodingIndex(encoding)), now: now)
        }

        func take(_ event: SimulcastCapture.Event, at now: MonotonicInstant) {
            switch event {
            case .report(let encoding, let report):
                guard hasReports else { return }
                let remote = (report.ntpTimestamp - NTPTimestamp(nanosecondsSince1970: 0)).wholeNanoseconds
                track.encodings[encoding].clock.note(
                    timestamp: report.rtpTimestamp, wallClock: remote, remote: remote, at: now)
                track.noteReport()
            case .packet(let encoding, var packet, let payload, let size):
                packet.arrival = now
                if let size { track.encodings[encoding].pictureSize = size }
                _ = router.store(
                    packet, payload.span, of: track.encodings[encoding], track: track, isLate: false,
                    isRepeated: false, now: now)
            }
            _ = router.release(now: now) { encoding, track in
                for subscriber in encoding.subscribers {
                    router.offerPending(of: encoding, track, to: subscriber.subscription, output: output)
                }
            }
            router.continueCatchUps(output: output, now: now)
        }

        /// Plays all events, some of them later than they came.
        func run(late: Set<Int> = [], by delay: Duration = .milliseconds(50), before: (Int, MonotonicInstant) -> Void) {
            var order = capture.events.indices.map { (at: capture.events[$0].at, place: $0) }
            for place in order.indices where late.contains(place) { order[place].at = order[place].at + delay }
            order.sort { ($0.at, $0.place) < ($1.at, $1.place) }
            for entry in order {
                while let due = router.nextTimeout, due < entry.at {
                    _ = router.release(now: due) { encoding, track in
                        for subscriber in encoding.subscribers {
                            router.offerPending(of: encoding, track, to: subscriber.subscription, output: output)
                        }
                    }
                    router.continueCatchUps(output: output, now: due)
                }
                before(entry.place, entry.at)
                take(capture.events[entry.place].event, at: entry.at)
            }
        }
    }

    /// Ticks from each encoding's clock to the smallest one's, by the pictures that all have.
    static func distances(_ capture: SimulcastCapture) -> [UInt32] {
        var timestamps: [[UInt32]] = [[], [], []]
        for case .packet(let encoding, let packet, _, _) in capture.events.map(\.event) {
            if timestamps[encoding].last != packet.timestamp { timestamps[encoding].append(packet.timestamp) }
        }
        return timestamps.map { own in
            var counts: [UInt32: Int] = [:]
            for mine in own { for their in timestamps[0] { counts[their &- mine, default: 0] += 1 } }
            return counts.max { $0.value < $1.value }?.key ?? 0
        }
    }

    /// What must hold of every stream: numbers without a gap but for what was lost upstream and the one number where a picture was
    /// cut short, each once; time that rises; one marker in a picture, on its last packet.
    private func check(_ replay: Replay, lost: Set<Int>, _ comment: Comment) {
        let sent = replay.output.sent
        let numbers = sent.map(\.numbers.sequence)
        #expect(Set(numbers).count == numbers.count, comment)
        let sorted = sent.sorted { $0.numbers.sequence < $1.numbers.sequence }
        for (former, next) in zip(sorted, sorted.dropFirst()) {
            let step = next.numbers.sequence - former.numbers.sequence
            let isSwitch = former.encoding != next.encoding
            if isSwitch {
                // One number is left out where the old picture's end was not sent; or what follows it was lost.
                #expect(step == (former.packet.isMarked ? 1 : 2), comment)
                #expect(next.packet.isKeyframeStart, comment)
            } else {
                #expect(step == 1 || !lost.isEmpty, comment)
                #expect(next.packet.sequence - former.packet.sequence == step, comment)
            }
            let time = Int32(bitPattern: next.numbers.timestamp &- former.numbers.timestamp)
            let isSamePicture = !isSwitch && next.packet.timestamp == former.packet.timestamp
            #expect(isSamePicture ? time == 0 : time > 0, comment)
            if isSamePicture { #expect(!former.packet.isMarked, comment) }
            // What was skipped is known to nobody, what was lost is found in the buffer.
            if step > 1 {
                let record = unsafe replay.router.subscriptions[replay.index]
                for number in (former.numbers.sequence + 1)..<next.numbers.sequence {
                    let place = unsafe record.pointee.rewriter.locate(UInt16(truncatingIfNeeded: number))
                    if isSwitch {
                        #expect(place == nil, comment)
                    } else if let place, let encoding = replay.router.encodings[place.segment.source] {
                        let isThere = unsafe encoding.buffer.find(place.sequence - place.segment.sequenceOffset) != nil
                        #expect(isThere, comment)
                    }
                }
            }
        }
    }

    private struct Switch {
        var from: Int
        var to: Int
        /// The event that begins the keyframe.
        var place: Int
    }

    private static func switches(_ capture: SimulcastCapture, after milliseconds: Int) -> [Switch] {
        var all: [Switch] = []
        for (place, entry) in capture.events.enumerated() {
            guard case .packet(let to, let packet, _, _) = entry.event, packet.isKeyframeStart,
                entry.at > .zero + .seconds(1) + .milliseconds(milliseconds)
            else { continue }
            for from in 0..<3 where from != to { all.append(Switch(from: from, to: to, place: place)) }
        }
        return all
    }

    @Test(arguments: [0, 1, 3], [true, false])
    func everySwitchAtEveryKeyframe(lost: Int, hasReports: Bool) throws {
        let capture = try SimulcastCapture("chromium156_vp8_sim")
        #expect(capture.ssrcs.count == 3)
        let distances = Self.distances(capture)
        // Before the first reports pairs tell the clocks: then from 300 ms on.
        let switches = Self.switches(capture, after: hasReports ? 500 : 300)
        #expect(switches.count >= 12)
        var errors: [Int32] = []
        for plan in switches {
            let comment: Comment = "\(plan), \(lost) lost"
            var late: Set<Int> = []
            for encoding in [plan.from, plan.to] {
                let before = capture.events.indices.filter { place in
                    guard place < plan.place, case .packet(encoding, _, _, _) = capture.events[place].event else {
                        return false
                    }
                    return true
                }
                late.formUnion(before.suffix(lost))
            }
            var replay = Replay(capture)
            replay.hasReports = hasReports
            replay.cap(plan.from, at: .zero)
            var begunAt = 0
            replay.run(late: late) { place, now in
                guard place == plan.place else { return }
                begunAt = replay.output.sent.count
                replay.cap(plan.to, at: now)
            }
            check(replay, lost: late, comment)
            let sent = replay.output.sent
            let first = try #require(sent.first)
            let target = replay.track.encodings[plan.to].id
            let after = sent[begunAt...].filter { $0.encoding == target }
            #expect(!after.isEmpty && sent.last?.encoding == target, comment)
            // The time of a picture is the same whichever encoding shows it: error 0 ticks, but for what is caught up on.
            let from = sent[..<begunAt].last { $0.encoding != target } ?? first
            let origin = from.numbers.timestamp &- (from.packet.timestamp &+ distances[plan.from])
            for packet in after.suffix(after.count / 2) {
                let own = packet.packet.timestamp &+ distances[plan.to] &+ origin
                errors.append(Int32(bitPattern: packet.numbers.timestamp &- own))
            }
        }
        #expect(errors.allSatisfy { hasReports ? $0 == 0 : abs($0) <= 90 }, "\(Set(errors))")
    }

    /// Up, down, up again, as often as there are keyframes.
    @Test func manySwitchesOfOneStreamKeepItsTime() throws {
        let capture = try SimulcastCapture("chromium156_vp8_sim")
        let replay = Replay(capture)
        var turn = 0
        replay.cap(0, at: .zero)
        replay.run { place, now in
            guard place % 25 == 0 else { return }
            turn += 1
            replay.cap([0, 2, 1, 2, 0, 1][turn % 6], at: now)
        }
        check(replay, lost: [], "many switches")
    }
}
