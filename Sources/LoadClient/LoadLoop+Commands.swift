import Client
import DatagramIO
import Primitives
import RTP
import TestMedia

// Commands to the loop.
extension LoadLoop {
    func obey(_ command: LoadThread.Command, now: MonotonicInstant) {
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
        case .send(let id, let encodings): (peers[id]?.publisher as? ClipPublisher)?.activate(encodings)
        case .expect(let id, let encoding):
            guard let peer = peers[id] else { return }
            for index in peer.meters.indices where peer.meters[index].kind == .video {
                peer.meters[index].expect(encoding: encoding, now: now)
            }
        case .beginCounting:
            isCounting = true
            for peer in peers.values where peer.plan.isMeasured {
                peer.beginCounting()
                peer.link?.figures = ViewerLink.Figures()
            }
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
            if let link = plan.link { peer.link = ViewerLink(links[link], generator: &generator) }
            while bySocket.count <= socket { bySocket.append(nil) }
            bySocket[socket] = peer
            peers[plan.id] = peer
            if plan.isMeasured {
                client.mediaHandler = { [unowned self, unowned peer] media, payload in
                    peer.receive(media, payload, ledger: ledger)
                }
                if isCounting { peer.beginCounting() }
            }
            timers.set(now, for: socket)
        } catch {
            totals.failures["socket: \(error)", default: 0] += 1
        }
    }

    func remove(_ peer: LoadPeer, saysGoodbye: Bool) {
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

    func startPublishing(_ peer: LoadPeer, approvedAt: MonotonicInstant?, now: MonotonicInstant) {
        guard peer.publisher == nil else { return }
        let media = PublishedMedia(peer: peer.peer)
        if let paused = peer.paused as? LivePublisher {
            peer.publisher = paused
            paused.resume(now: now)
        } else if let live = peer.plan.live {
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

    func stopPublishing(_ peer: LoadPeer) {
        if let publisher = peer.publisher as? ClipPublisher {
            let watches = publisher.sources.compactMap { promotions.removeValue(forKey: $0) }
            if !watches.isEmpty, watches.allSatisfy(\.seenBy.isEmpty) { totals.promotionsUnseen += 1 }
        }
        if let publisher = peer.publisher { peer.paused = publisher }
        peer.publisher = nil
        publishing.removeAll { $0 === peer }
    }
}
