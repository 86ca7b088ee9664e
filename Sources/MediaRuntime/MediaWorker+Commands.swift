import DTLS
import Forwarding
import ICE
import MediaControl
import Primitives
import RTP
import Transport

// What the control plane tells the worker.
extension MediaWorker {
    /// Carries out one command.
    package func apply(_ command: MediaCommand, now: MonotonicInstant) {
        switch command {
        case .openTransport(let parameters): open(parameters, now: now)
        case .updateTransport(let parameters): update(parameters, now: now)
        case .closeTransport(let id):
            guard let peer = peers[id] else { return }
            peer.transport.close()
            sendHandshake(of: peer)
            remove(peer)
        case .setGate(let id, let isOpen):
            guard let track = router.tracks[id] else { return }
            router.setGate(of: track, isOpen: isOpen)
        case .fillSlot(let id, let slot, let fill):
            guard let peer = peers[id] else { return }
            self.fill(slot, of: peer, with: fill, now: now)
        case .setDemand(let id, let slot, let demand):
            guard let peer = peers[id], peer.slots.indices.contains(slot) else { return }
            router.setDemand(of: peer.slots[slot].subscription, to: PictureDemand(demand), now: now)
            allocateAnew(to: peer, now: now)
        case .takeSnapshots(let ids, let reply):
            reply.answer(with: ids.compactMap { peers[$0] }.map { snapshot(of: $0, now: now) })
        }
        carryOutRequests(now: now)
    }

    private func open(_ parameters: TransportParameters, now: MonotonicInstant) {
        guard peers[parameters.id] == nil else { return }
        let transport: PeerTransport
        do {
            transport = try PeerTransport(parameters: parameters, context: context, engine: egress.engine, now: now)
        } catch {
            events.append(.transportClosed(parameters.id, .handshakeFailed))
            return
        }
        let index = egress.peers.insert(PeerEgress())
        let peer = Peer(index: index, transport: transport, reporter: UInt32.random(in: 1 ... .max, using: &generator))
        peers.insert(peer)
        addSections(of: parameters, to: peer, now: now)
        reschedule(peer)
    }

    private func update(_ parameters: TransportParameters, now: MonotonicInstant) {
        guard let peer = peers[parameters.id] else { return }
        peers.rename(
            peer, from: peer.transport.parameters.localCredentials.usernameFragment,
            to: parameters.localCredentials.usernameFragment)
        peer.transport.update(parameters, now: now)
        peers.takePaths(of: peer)
        addSections(of: parameters, to: peer, now: now)
        reschedule(peer)
    }

    /// Adds the tracks and slots that are not there yet, and what the others have become.
    private func addSections(of parameters: TransportParameters, to peer: Peer, now: MonotonicInstant) {
        peer.readExtensions(of: parameters)
        let feedback = parameters.publications.flatMap(\.receive.payloads).map(\.feedback)
        // Where both were negotiated the publisher measures by itself.
        let wantsRate = feedback.contains { $0.contains(.remb) } && !feedback.contains { $0.contains(.transportCC) }
        if !wantsRate { peer.uplink = nil } else if peer.uplink == nil { peer.uplink = UplinkEstimate() }
        for section in parameters.publications {
            if let place = peer.tracks.firstIndex(where: { $0.id == section.track }) {
                let track = peer.tracks[place]
                let offered = track.receive.encodings
                track.receive = section.receive
                takeSources(
                    of: section.receive.encodings, after: offered, track: TrackIndex(place), of: peer, now: now)
                router.setGate(of: track, isOpen: section.isOpen)
            } else {
                addTrack(section, to: peer, now: now)
            }
        }
        for (slot, send) in parameters.slots.enumerated() where slot >= peer.slots.count {
            let subscription = router.addSubscription(
                to: .peer(peer.index, SlotIndex(slot)), parameters: send,
                random: UInt32.random(in: .min ... .max, using: &generator))
            peer.slots.append(Peer.Slot(subscription: subscription))
        }
        keepHistory(of: peer)
    }

    /// Lets the packet path note what it sends, where some slot has transport-wide numbers.
    func keepHistory(of peer: Peer) {
        let hasNumbers = peer.slots.contains {
            unsafe router.subscriptions[$0.subscription].pointee.header.hasTransportSequence
        }
        guard hasNumbers, unsafe egress.peers[peer.index].pointee.key != nil else { return }
        unsafe egress.peers[peer.index].pointee.history = peer.transport.keepHistory(egress.times).reference
    }

    private func addTrack(_ section: PublishSection, to peer: Peer, now: MonotonicInstant) {
        let track = router.addTrack(
            section.track, origin: .peer(peer.index), receive: section.receive, isOpen: section.isOpen,
            isOpaque: section.isOpaque)
        let index = peer.append(track)
        takeSources(of: section.receive.encodings, after: [], track: index, of: peer, now: now)
    }

    private func fill(_ slot: Int, of peer: Peer, with fill: SlotFill?, now: MonotonicInstant) {
        guard peer.slots.indices.contains(slot), peer.slots[slot].fill != fill else { return }
        peer.slots[slot].fill = fill
        let subscription = peer.slots[slot].subscription
        router.subscribe(subscription, to: fill?.track, csrc: fill?.csrc ?? 0, now: now)
        allocateAnew(to: peer, now: now)
        // A keyframe that comes before the handshake is through would be lost, and the next one has to wait.
        guard let fill, unsafe egress.peers[peer.index].pointee.key != nil else { return }
        router.begin(subscription, startsAtOnset: fill.startsAtOnset, output: egress, now: now)
    }

    /// Forgets the peer: its slots, its tracks, its paths.
    func remove(_ peer: Peer) {
        for slot in peer.slots { router.removeSubscription(slot.subscription) }
        for track in peer.tracks { router.removeTrack(track) }
        if peer.isHeld { heldPeers -= 1 }
        peers.remove(peer)
        egress.peers.remove(peer.index)
    }

    /// Closes a transport of the worker's own accord and says why.
    func close(_ peer: Peer, because reason: TransportCloseReason) {
        let id = peer.transport.id
        remove(peer)
        events.append(.transportClosed(id, reason))
    }
}

extension PictureDemand {
    init(_ demand: SlotDemand) {
        self.init(width: demand.width, height: demand.height, priority: demand.priority)
    }
}
