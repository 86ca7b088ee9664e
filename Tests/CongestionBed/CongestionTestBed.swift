import CongestionControl
import Primitives

/// Flows over shared bottlenecks in virtual time. The same seed gives the same run.
package final class CongestionTestBed {
    package private(set) var now = MonotonicInstant.zero
    package var links: [BottleneckLink]
    package private(set) var media: [MediaFlow] = []
    package private(set) var competing: [CompetingFlow] = []
    private var events = BedEvents()
    private let seed: UInt64

    package init(links: [BottleneckLink], seed: UInt64) {
        self.links = links
        self.seed = seed
    }

    /// Adds a media flow.
    ///
    /// - Parameters:
    ///   - start, end: in seconds.
    ///   - route, back: indices of the links that media and feedback pass.
    ///   - extra: time on the way, each direction, that belongs to no link.
    @discardableResult package func add(
        _ source: MediaSource, settings: EstimatorSettings = EstimatorSettings(), start: Double = 0, end: Double,
        route: [Int] = [0], back: [Int] = [1], extra: Duration = .zero
    ) -> MediaFlow {
        let index = media.count
        let flow = MediaFlow(
            index: index, settings: settings, source: source, start: start, end: end, route: route, back: back,
            extra: extra, seed: seed &* 1_000 &+ UInt64(index))
        var phase = SeededGenerator(seed: seed &* 77 &+ UInt64(index))
        let begin = MonotonicInstant.zero + .nanoseconds(Int64(start * 1e9))
        media.append(flow)
        events.add(.tick(index), at: begin)
        events.add(.frame(index), at: begin + .nanoseconds(Int64.random(in: 0...33_000_000, using: &phase)))
        events.add(.audio(index), at: begin + .nanoseconds(Int64.random(in: 0...20_000_000, using: &phase)))
        events.add(.feedback(index), at: begin + .milliseconds(50))
        return flow
    }

    /// Adds a TCP-like flow.
    @discardableResult package func compete(
        _ algorithm: CompetingFlow.Algorithm = .cubic, downloads: (octets: ClosedRange<Int>, idle: Double)? = nil,
        start: Double = 0, end: Double, route: [Int] = [0], back: [Int] = [1], extra: Duration = .zero
    ) -> CompetingFlow {
        let index = competing.count
        let flow = CompetingFlow(
            index: index, algorithm: algorithm, downloads: downloads, start: start, end: end, route: route, back: back,
            extra: extra, seed: seed &* 7_919 &+ UInt64(index))
        competing.append(flow)
        events.add(.tcp(index), at: .zero + .nanoseconds(Int64(start * 1e9)))
        return flow
    }

    /// Runs until `end`, in seconds.
    package func run(until end: Double) {
        events.add(.sample, at: .zero + .milliseconds(100))
        let last = MonotonicInstant.zero + .nanoseconds(Int64(end * 1e9))
        while let (at, event) = events.next(), at <= last {
            now = at
            handle(event)
        }
    }

    private func handle(_ event: BedEvents.Event) {
        switch event {
        case .arrives(let packet): arrive(packet)
        case .frame(let index): frame(media[index])
        case .audio(let index): audio(media[index])
        case .pace(let index): pace(media[index])
        case .probe(let index): sendProbe(media[index])
        case .tick(let index): tick(media[index])
        case .feedback(let index): feedback(media[index])
        case .tcp(let index): runTCP(competing[index])
        case .sample:
            for flow in media where flow.isActive(at: now.inSeconds) { sample(flow) }
            events.add(.sample, at: now + .milliseconds(100))
        }
    }

    // MARK: Links

    /// Sends a packet over its next link, or hands it to its receiver.
    private func forward(_ packet: BedPacket) {
        var packet = packet
        guard let link = packet.route.popFirst() else {
            events.add(.arrives(packet), at: now + packet.extra)
            return
        }
        switch links[link].send(octets: packet.octets, now: now) {
        case .lost: lose(packet)
        case .arrives(let at, let waited):
            packet.waited += waited
            events.add(.arrives(packet), at: packet.route.isEmpty ? at + packet.extra : at)
        }
    }

    private func lose(_ packet: BedPacket) {
        guard case .media(_, let kind) = packet.content else { return }
        let flow = media[packet.flow]
        flow.packetsLost += 1
        flow.lostInSample += 1
        if kind == .audio { flow.audioLost += 1 }
    }

    private func arrive(_ packet: BedPacket) {
        if !packet.route.isEmpty { return forward(packet) }
        switch packet.content {
        case .media(let sequence, _):
            let flow = media[packet.flow]
            flow.receivedInSample += packet.octets
            flow.receivedOctets += packet.octets
            flow.queueInSample = max(flow.queueInSample, packet.waited)
            flow.waits.append((packet.sentAt.inSeconds, packet.waited))
            // The receiver's clock has its own origin, and counts 250 us.
            let theirs = Double(now.nanoseconds) * (1 + flow.drift) + 5e12
            flow.arrivals.append((sequence, MonotonicInstant(nanoseconds: Int64(theirs) / 250_000 * 250_000)))
        case .feedback(let outcomes):
            let flow = media[packet.flow]
            guard !flow.silences.contains(where: { $0.contains(now.inSeconds) }) else { return }
            flow.apply(outcomes, now: now)
            probe(flow)
        case .segment(let number):
            let flow = competing[packet.flow]
            forward(
                BedPacket(
                    flow: packet.flow, content: .acknowledgement(number), octets: CompetingFlow.acknowledgement,
                    sentAt: now, route: flow.back[...], extra: flow.extra))
        case .acknowledgement(let number):
            let flow = competing[packet.flow]
            flow.acknowledge(number, now: now)
            sendSegments(flow)
        }
    }

    // MARK: Media

    private func send(_ flow: MediaFlow, octets: Int, kind: PacketKind, cluster: UInt8 = 0) {
        let sequence = flow.note(octets: octets, kind: kind, cluster: cluster, now: now)
        flow.packetsSent += 1
        flow.packetsInSample += 1
        if kind == .audio { flow.audioSent += 1 }
        forward(
            BedPacket(
                flow: flow.index, content: .media(sequence: sequence, kind), octets: octets, sentAt: now,
                route: flow.route[...], extra: flow.extra))
    }

    private func audio(_ flow: MediaFlow) {
        guard now.inSeconds < flow.end else { return }
        events.add(.audio(flow.index), at: now + .milliseconds(20))
        guard flow.source.audio > 0, !flow.isPaused(at: now.inSeconds) else { return }
        let octets = Int(flow.source.audio * 1_000 / 8 / 50) + MediaFlow.overhead
        flow.pacing.sent(octets: octets, now: now)
        flow.estimator.sent(octets: octets, packets: 1, now: now)
        send(flow, octets: octets, kind: .audio)
    }

    private func frame(_ flow: MediaFlow) {
        let seconds = now.inSeconds
        guard seconds < flow.end else { return }
        events.add(.frame(flow.index), at: now + .nanoseconds(Int64(1e9 / flow.source.framesPerSecond)))
        guard flow.videoRate > 0, !flow.isPaused(at: seconds) else { return }
        var octets = flow.videoRate / 8 / flow.source.framesPerSecond
        octets *= 1 + Double.random(in: -flow.source.variation...flow.source.variation, using: &flow.generator)
        if let keyframes = flow.source.keyframes {
            // The mean rate stays.
            let frames = keyframes.every * flow.source.framesPerSecond
            octets *= frames / (frames - 1 + keyframes.factor)
            if seconds - flow.lastKeyframe >= keyframes.every {
                flow.lastKeyframe = seconds
                octets *= keyframes.factor
            }
        }
        flow.backlog.append(max(Int(octets), 100))
        // Frames older than half a second are skipped, as a cursor that jumps to a newer keyframe does.
        var waiting = flow.backlog.reduce(0, +)
        while Double(waiting) * 8 > 0.5 * max(flow.videoRate, 100_000), flow.backlog.count > 1 {
            waiting -= flow.backlog.removeFirst()
        }
        if !flow.isPacing { pace(flow) }
    }

    /// Sends whole frames while the budget lasts, else a chunk each 5 ms.
    private func pace(_ flow: MediaFlow) {
        flow.isPacing = false
        while let first = flow.backlog.first {
            if flow.pacing.mayLeave(octets: first, now: now) {
                sendVideo(flow, octets: first)
                flow.backlog.removeFirst()
                continue
            }
            let chunk = flow.pacing.chunk(now: now)
            if chunk > 0 {
                let part = min(first, max(chunk, MediaFlow.payload))
                sendVideo(flow, octets: part)
                if part == first { flow.backlog.removeFirst() } else { flow.backlog[0] = first - part }
            }
            break
        }
        if !flow.backlog.isEmpty {
            flow.isPacing = true
            events.add(.pace(flow.index), at: now + PacingBudget.chunkInterval)
        }
    }

    private func sendVideo(_ flow: MediaFlow, octets: Int) {
        let packets = max(1, (octets + MediaFlow.payload - 1) / MediaFlow.payload)
        let each = octets / packets + MediaFlow.overhead
        flow.pacing.sent(octets: each * packets, now: now)
        flow.estimator.sent(octets: each * packets, packets: packets, now: now)
        for _ in 0..<packets { send(flow, octets: each, kind: .video) }
    }

    // MARK: Probes

    private func probe(_ flow: MediaFlow) {
        guard let cluster = flow.estimator.nextProbe(now: now) else { return }
        flow.probes.append(now.inSeconds)
        flow.clusters.append((cluster, cluster.octets, ProbeCluster.minimumPackets, now))
        events.add(.probe(flow.index), at: now)
    }

    private func sendProbe(_ flow: MediaFlow) {
        guard var first = flow.clusters.first, now.inSeconds < flow.end else { return }
        guard first.octetsLeft > 0 || first.packetsLeft > 0 else {
            flow.clusters.removeFirst()
            if !flow.clusters.isEmpty { events.add(.probe(flow.index), at: now) }
            return
        }
        let wanted = first.cluster.octets / ProbeCluster.minimumPackets
        let octets = min(max(wanted, 305), MediaFlow.payload + MediaFlow.overhead)
        flow.pacing.sent(octets: octets, now: now)
        flow.estimator.sent(octets: octets, packets: 1, now: now)
        send(flow, octets: octets, kind: .probe, cluster: first.cluster.id)
        first.octetsLeft -= octets
        first.packetsLeft -= 1
        flow.clusters[0] = first
        let gap = Double(octets) * 8e9 / Double(first.cluster.rate.bitsPerSecond)
        events.add(.probe(flow.index), at: now + .nanoseconds(Int64(gap)))
    }

    // MARK: Time

    private func tick(_ flow: MediaFlow) {
        guard now.inSeconds < flow.end else { return }
        events.add(.tick(flow.index), at: now + .milliseconds(100))
        if let change = flow.changes.first, now.inSeconds >= change.at {
            flow.source = change.source
            flow.changes.removeFirst()
        }
        flow.estimator.timeout(now: now)
        let target = flow.estimator.target(now: now)
        flow.pacing.set(rate: Double(target.pacing.bitsPerSecond), now: now)
        let audio = flow.source.audio > 0 ? flow.source.audio * 1_000 + Double(MediaFlow.overhead * 8 * 50) : 0
        let payload = Double(MediaFlow.payload) / Double(MediaFlow.payload + MediaFlow.overhead)
        switch flow.source.video {
        case .none: flow.videoRate = 0
        case .constant(let rate): flow.videoRate = rate * 1_000 * payload
        case .following(let range):
            let room = (Double(target.estimate.bitsPerSecond) - audio) * payload
            flow.videoRate = min(max(room, range.lowerBound * 1_000), range.upperBound * 1_000)
            flow.estimator.allocated(Bitrate(bitsPerSecond: Int64(range.upperBound * 1_000 / payload + audio)))
        case .ladder(let rates, let priorities):
            choose(flow, of: rates, priorities: priorities, audio: audio, target: target)
        }
        probe(flow)
    }

    private func choose(
        _ flow: MediaFlow, of rates: [Double], priorities: [UInt8], audio: Double, target: PathTarget
    ) {
        var ladder = flow.ladder ?? SlotLadder(rates: rates, priorities: priorities)
        let before = ladder.layer
        flow.estimator.allocated(Bitrate(bitsPerSecond: ladder.wanted + Int64(audio)))
        let probe = ladder.choose(target: target, audio: Bitrate(bitsPerSecond: Int64(audio)), now: now)
        if let probe { flow.estimator.askForProbe(probe) }
        if ladder.layer != before { flow.layerChanges.append(now.inSeconds) }
        let sent = ladder.slots.indices.map { ladder.rate($0) }
        flow.slotRates.append((now.inSeconds, sent.map { $0 / 1e6 }))
        flow.videoRate = sent.reduce(0, +)
        flow.ladder = ladder
    }

    private func feedback(_ flow: MediaFlow) {
        guard now.inSeconds < flow.end + 1 else { return }
        // 5 % of what arrives, 50 to 250 ms apart, as Chromium sends it.
        let rate = (flow.samples.last?.received ?? 1) * 1e6
        let interval = min(max(544 / (0.05 * max(rate, 1_000)), 0.05), 0.25)
        events.add(.feedback(flow.index), at: now + .nanoseconds(Int64(interval * 1e9)))
        guard let outcomes = flow.report() else { return }
        forward(
            BedPacket(
                flow: flow.index, content: .feedback(outcomes), octets: 28 + 30 + outcomes.count * 5 / 4, sentAt: now,
                route: flow.back[...], extra: flow.extra))
    }

    private func runTCP(_ flow: CompetingFlow) {
        guard now.inSeconds < flow.end else { return }
        events.add(.tcp(flow.index), at: now + .milliseconds(20))
        flow.checkTimeout(now: now)
        sendSegments(flow)
    }

    private func sendSegments(_ flow: CompetingFlow) {
        for number in flow.send(now: now) {
            forward(
                BedPacket(
                    flow: flow.index, content: .segment(number), octets: CompetingFlow.segment, sentAt: now,
                    route: flow.route[...], extra: flow.extra))
        }
    }

    private func sample(_ flow: MediaFlow) {
        let target = flow.estimator.target(now: now)
        let capacity = flow.route.map { links[$0].capacity.rate(at: now - .milliseconds(50)) }.min() ?? 0
        let waiting = Double(flow.backlog.reduce(0, +)) * 8
        flow.samples.append(
            FlowSample(
                at: now.inSeconds, capacity: capacity / 1e6, estimate: Double(target.estimate.bitsPerSecond) / 1e6,
                delayEstimate: flow.estimator.rateControl.estimate / 1e6,
                lossEstimate: flow.estimator.lossEstimate.estimate / 1e6,
                acknowledged: (flow.estimator.acknowledgedRate ?? 0) / 1e6, sent: Double(flow.sentInSample) * 8e-5,
                received: Double(flow.receivedInSample) * 8e-5, padding: Double(flow.paddingInSample) * 8e-5,
                usage: flow.estimator.delay.detector.usage, limit: target.limit, trend: flow.estimator.delay.trend,
                threshold: flow.estimator.delay.detector.threshold, residual: flow.estimator.delay.residual,
                queue: flow.queueInSample, roundTrip: flow.estimator.roundTrip.inMilliseconds,
                loss: Double(flow.lostInSample) / Double(max(flow.packetsInSample, 1)),
                lag: waiting / max(Double(target.estimate.bitsPerSecond), 1) * 1_000,
                layer: flow.ladder?.layer ?? -1))
        flow.sentInSample = 0
        flow.receivedInSample = 0
        flow.paddingInSample = 0
        flow.queueInSample = 0
        flow.lostInSample = 0
        flow.packetsInSample = 0
    }
}
