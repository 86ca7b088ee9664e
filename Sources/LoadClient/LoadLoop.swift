import Client
import ICE
import MediaRuntime
import Primitives
import TestMedia

/// The loop of the media thread. Confined to it.
final class LoadLoop {
    /// The longest wait, so that stopping never takes long.
    private static let longestWait = Duration.milliseconds(500)
    /// Datagrams of clients leave from here as far as ICE is concerned; the kernel knows better.
    private static let anyAddress = TransportAddress(v4: 0, 0, 0, 0, port: 0)

    let sockets: ClientSockets
    let context: ClientContext
    let clip: MediaClip?
    let pacing: Double
    let midnightOffset: Int
    var peers: [Int: LoadPeer] = [:]
    /// By the socket's name.
    var bySocket: [LoadPeer?] = []
    var ledger = SendLedger()
    var isCounting = false
    var totals = LoadSnapshot()
    /// Sources of promoted participants that have not been seen yet: when they were approved, and by whom seen.
    var promotions: [UInt32: PromotionWatch] = [:]
    private var timers = TimerQueue()
    private var touched: [Int] = []
    private var generator = SystemRandomNumberGenerator()
    private var isStopping = false

    init(sockets: ClientSockets, context: ClientContext, clip: MediaClip?, pacing: Double, midnightOffset: Int) {
        self.sockets = sockets
        self.context = context
        self.clip = clip
        self.pacing = pacing
        self.midnightOffset = midnightOffset
    }

    func run(_ commands: () -> [LoadThread.Command]) {
        var now = ClientSockets.now
        while !isStopping {
            let idleFrom = ClientSockets.now
            totals.busy += idleFrom - now
            var isFirst = true
            unsafe sockets.receive(within: timeToWait(now: idleFrom)) { socket, datagram, path, arrival in
                if isFirst {
                    now = ClientSockets.now
                    isFirst = false
                }
                unsafe receive(datagram, on: socket, path, arrival: arrival, now: now)
            }
            if isFirst { now = ClientSockets.now }
            for command in commands() { obey(command, now: now) }
            while let socket = timers.popDue(at: now) {
                guard let peer = bySocket[socket] else { continue }
                peer.peer.handleTimeout(now: now)
                touched.append(socket)
            }
            publish()
            settleTouched(now: now)
            sockets.flush()
        }
        for peer in peers.values {
            peer.peer.close()
            drain(peer)
        }
        sockets.flush()
    }

    private func timeToWait(now: MonotonicInstant) -> Duration {
        var next = now + Self.longestWait
        if let timer = timers.next { next = min(next, timer) }
        for peer in publishing {
            if let publisher = peer.publisher { next = min(next, publisher.nextDue) }
        }
        return max(next - now, .zero)
    }

    /// Those that send; few.
    private var publishing: [LoadPeer] = []

    private func publish() {
        for peer in publishing {
            guard let publisher = peer.publisher else { continue }
            // Read for each: the time of sending is what latency is measured from.
            let now = ClientSockets.now
            guard publisher.nextDue <= now else { continue }
            publisher.send(now: now, ledger: &ledger)
            drain(peer)
            sockets.flush()
            touched.append(peer.socket)
        }
    }

    private func receive(
        _ datagram: UnsafeMutableRawBufferPointer, on socket: Int, _ path: NetworkPath, arrival: MonotonicInstant,
        now: MonotonicInstant
    ) {
        guard socket < bySocket.count, let peer = bySocket[socket] else { return }
        peer.arrival = arrival
        let local = NetworkPath(local: Self.anyAddress, remote: path.remote)
        unsafe peer.peer.receive(datagram, on: local, now: now)
        if touched.last != socket { touched.append(socket) }
    }

    private func settleTouched(now: MonotonicInstant) {
        for socket in touched {
            guard let peer = bySocket[socket] else { continue }
            for event in peer.peer.takeEvents() { handle(event, of: peer, now: now) }
            drain(peer)
            if !peer.shown.isEmpty { notePromotions(peer) }
            if bySocket[socket] != nil { timers.set(peer.peer.nextTimeout, for: socket) }
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func drain(_ peer: LoadPeer) {
        unsafe peer.peer.drainDatagrams { datagram, path in
            unsafe sockets.send(datagram, from: peer.socket, on: path)
        }
    }

    private func handle(_ event: ClientEvent, of peer: LoadPeer, now: MonotonicInstant) {
        switch event {
        case .established(let profile):
            peer.connectedAt = now
            totals.profiles["\(profile)", default: 0] += 1
            if peer.plan.isMeasured { totals.connectTimes.note(now - peer.plan.began) }
            totals.connected += 1
            if peer.wantsToPublish { startPublishing(peer, approvedAt: nil, now: now) }
        case .closed(let reason):
            totals.failures[Self.name(of: reason), default: 0] += 1
            remove(peer, saysGoodbye: false)
        case .keyframeRequested(_, let encoding):
            totals.keyframeRequests += 1
            peer.publisher?.requestKeyframe(encoding: encoding)
        case .pathSelected, .transportFeedback, .reported, .senderReport: break
        }
    }

    private static func name(of reason: ClientCloseReason) -> String {
        switch reason {
        case .closedHere: "closed here"
        case .closedByServer: "closed by the server"
        case .ice(.noPairWorks): "ICE: no candidate answered"
        case .ice(.roleConflict): "ICE: role conflict"
        case .consentLost: "ICE: consent lost"
        case .handshake(let text): "DTLS: \(text)"
        }
    }

    // MARK: Commands

    private func obey(_ command: LoadThread.Command, now: MonotonicInstant) {
        switch command {
        case .add(let plan): add(plan, now: now)
        case .remove(let id): if let peer = peers[id] { remove(peer, saysGoodbye: true) }
        case .publish(let id, let approvedAt):
            guard let peer = peers[id] else { return }
            if peer.peer.isEstablished {
                startPublishing(peer, approvedAt: approvedAt, now: now)
            } else {
                peer.wantsToPublish = true
            }
        case .stopPublishing(let id): peers[id].map { stopPublishing($0) }
        case .beginCounting:
            isCounting = true
            for peer in peers.values where peer.plan.isMeasured { peer.beginCounting() }
        case .endCounting:
            finishMeters(now: now)
            for peer in peers.values { keepFigures(of: peer) }
            isCounting = false
        case .takeSnapshot(let handler): handler(snapshot(now: now))
        case .stop: isStopping = true
        }
    }

    private func add(_ plan: PeerPlan, now: MonotonicInstant) {
        totals.begun += 1
        do {
            let socket = try sockets.open()
            let client = try ClientPeer(
                parameters: plan.parameters, context: context, localAddress: Self.anyAddress, options: plan.options,
                seed: generator.next(), now: now)
            let peer = LoadPeer(
                plan: plan, socket: socket, peer: client, clip: clip,
                framesPerSecond: clip?.settings.framesPerSecond ?? 30)
            while bySocket.count <= socket { bySocket.append(nil) }
            bySocket[socket] = peer
            peers[plan.id] = peer
            if plan.isMeasured {
                client.mediaHandler = { [unowned self, unowned peer] media, payload in
                    peer.take(media, payload, ledger: ledger)
                }
                if isCounting { peer.beginCounting() }
            }
            timers.set(now, for: socket)
        } catch {
            totals.failures["socket: \(error)", default: 0] += 1
        }
    }

    private func remove(_ peer: LoadPeer, saysGoodbye: Bool) {
        guard peers[peer.plan.id] === peer else { return }
        keepFigures(of: peer)
        keepLife(of: peer)
        if saysGoodbye {
            peer.peer.close()
            drain(peer)
        }
        if peer.connectedAt != nil { totals.connected -= 1 }
        stopPublishing(peer)
        timers.set(nil, for: peer.socket)
        peers[peer.plan.id] = nil
        bySocket[peer.socket] = nil
        sockets.close(peer.socket)
    }

    private func startPublishing(_ peer: LoadPeer, approvedAt: MonotonicInstant?, now: MonotonicInstant) {
        guard peer.publisher == nil else { return }
        let media = PublishedMedia(peer: peer.peer)
        if let live = peer.plan.live {
            peer.publisher = try? LivePublisher(
                media: media, settings: live, midnightOffset: midnightOffset, now: now, generator: &generator)
        } else if let clip {
            let publisher: ClipPublisher
            if let paused = peer.paused as? ClipPublisher {
                publisher = paused
                publisher.resume(now: now, ledger: &ledger)
            } else {
                publisher = ClipPublisher(
                    media: media, clip: clip, pacing: pacing, ledger: &ledger, now: now, generator: &generator)
            }
            peer.publisher = publisher
            if let approvedAt {
                totals.promotions += 1
                for source in publisher.sources { promotions[source] = PromotionWatch(approvedAt: approvedAt) }
            }
        }
        publishing.append(peer)
    }

    private func stopPublishing(_ peer: LoadPeer) {
        if let publisher = peer.publisher as? ClipPublisher {
            for source in publisher.sources { promotions[source] = nil }
        }
        if let publisher = peer.publisher { peer.paused = publisher }
        peer.publisher = nil
        publishing.removeAll { $0 === peer }
    }
}
