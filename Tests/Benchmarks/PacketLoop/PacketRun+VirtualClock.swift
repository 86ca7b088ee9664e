import Client
import MediaRuntime
import PacketFeeder
import Primitives

// Viewers that answer as browsers do: transport-wide feedback, receiver reports and checks, on a clock on which a burst is a
// frame of 30 a second. Only the worker's turns are measured, not what the viewers do.
extension PacketRun {
    /// What is measured at a time.
    enum Step {
        case nothing
        /// A turn with a burst.
        case frame(Int)
        /// A turn with what viewers have sent.
        case answers
    }

    /// Turns for what viewers send, from frame to frame.
    private static let turnsPerFrame = 8
    private static let frameInterval = Duration.nanoseconds(33_333_333)
    /// The burst before which every slot is filled anew, as when somebody else takes the seat: from then on its packets get new
    /// picture numbers, as those of most slots.
    private static let refill = 45

    /// As `forward`.
    func forwardOnVirtualClock(first: Int, count: Int, isMeasured: Bool) throws -> pf_time {
        var spent = pf_time()
        for frame in first..<first + count {
            let began = now
            if frame == Self.refill { refillSlots() }
            let turn = run(.frame(frame), isMeasured: isMeasured)
            if isMeasured { turns.append(Int64(turn.total * 1e6)) }
            spent += turn
            deliver()
            for turn in 1...Self.turnsPerFrame {
                now = began + Self.frameInterval * turn / Self.turnsPerFrame
                takeAnswers()
                // The next frame has the last turn.
                guard turn < Self.turnsPerFrame else { continue }
                spent += run(.answers, isMeasured: isMeasured)
                deliver()
            }
        }
        return spent
    }

    /// Further members of the report: how long turns with a frame took, in microseconds of processor time.
    var turnFigures: String {
        guard !turns.isEmpty else { return "" }
        let sorted = turns.sorted()
        func part(_ share: Double) -> Int64 { sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)] }
        return #", "turn_p50": \#(part(0.5)), "turn_p99": \#(part(0.99)), "turn_most": \#(part(1))"#
    }

    private func run(_ step: Step, isMeasured: Bool) -> pf_time {
        self.step = step
        sink.now = now
        let call = unsafe isMeasured ? pf_measure : pf_warm_up
        return unsafe call(
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<PacketRun>.fromOpaque(context).takeUnretainedValue().runStep()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func runStep() {
        for index in answers.indices {
            let path = answers[index].path
            unsafe answers[index].octets.withUnsafeMutableBytes { unsafe worker.receive($0, on: path, now: now) }
        }
        answers.removeAll(keepingCapacity: true)
        if case .frame(let frame) = step { receive(burst: frame) }
        worker.finishTurn(now: now)
    }

    /// Hands the clients what has left: of media the headers.
    private func deliver() {
        unsafe sink.takeHeads { head, octets in
            let viewer = Int(head.viewer)
            guard viewers.indices.contains(viewer),
                let arrival = viewers[viewer].arrival(octets: Int(head.octets) + 28, sentAt: now)
            else { return }
            unsafe viewers[viewer].client.receive(octets, on: answeredPath(of: viewer), now: arrival)
        }
        for (octets, path) in sink.collected {
            let reversed = NetworkPath(local: path.remote, remote: path.local)
            client(at: path.remote)?.receive(octets, on: reversed, now: now)
        }
        sink.collected.removeAll(keepingCapacity: true)
    }

    /// Takes what clients have sent by now.
    private func takeAnswers() {
        for viewer in viewers.indices {
            let client = viewers[viewer].client
            let then = now - viewers[viewer].delay
            guard let due = client.nextTimeout, due <= then else { continue }
            client.handleTimeout(now: then)
            take(from: client)
        }
        guard let publisher, let due = publisher.nextTimeout, due <= now else { return }
        publisher.handleTimeout(now: now)
        take(from: publisher)
    }

    private func take(from client: ClientPeer) {
        while let (octets, path) = client.nextDatagram() {
            answers.append((octets, NetworkPath(local: path.remote, remote: path.local)))
        }
        _ = client.takeEvents()
    }
}

extension pf_time {
    static func += (sum: inout pf_time, time: pf_time) {
        sum.user += time.user
        sum.system += time.system
        sum.total += time.total
    }
}
