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
            guard let peer = peer(id) else { return }
            peer.transport.close()
            sendHandshake(of: peer)
            remove(peer)
        case .setGate(let id, let isOpen):
            guard let track = trackByID[id] else { return }
            setGate(of: track, isOpen: isOpen)
        case .fillSlot(let id, let slot, let fill):
            guard let peer = peer(id) else { return }
            self.fill(slot, of: peer, with: fill, now: now)
        case .takeSnapshots(let ids, let reply):
            reply.answer(with: ids.compactMap { peer($0) }.map { snapshot(of: $0, now: now) })
        }
    }

    func peer(_ id: TransportID) -> Peer? {
        guard let index = peerByID[id] else { return nil }
        return peers[index]
    }

    private func open(_ parameters: TransportParameters, now: MonotonicInstant) {
        guard peerByID[parameters.id] == nil else { return }
        let transport: PeerTransport
        do {
            transport = try PeerTransport(parameters: parameters, context: context, engine: engine, now: now)
        } catch {
            events.append(.transportClosed(parameters.id, .handshakeFailed))
            return
        }
        let index = senders.insert(Sender())
        while peers.count <= index { peers.append(nil) }
        let peer = Peer(index: index, transport: transport, reporter: UInt32.random(in: 1 ... .max, using: &generator))
        peers[index] = peer
        peerByID[parameters.id] = index
        peerByFragment[parameters.localCredentials.usernameFragment] = index
        addSections(of: parameters, to: peer, now: now)
        reschedule(peer)
    }

    private func update(_ parameters: TransportParameters, now: MonotonicInstant) {
        guard let peer = peer(parameters.id) else { return }
        peerByFragment[peer.transport.parameters.localCredentials.usernameFragment] = nil
        peerByFragment[parameters.localCredentials.usernameFragment] = peer.index
        peer.transport.update(parameters, now: now)
        notePaths(of: peer)
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
                takeSources(of: section.receive.encodings, after: offered, track: place, of: peer, now: now)
                setGate(of: track, isOpen: section.isOpen)
            } else {
                addTrack(section, to: peer, now: now)
            }
        }
        for (slot, send) in parameters.slots.enumerated() where slot >= peer.slots.count {
            let record = DownTrack(
                transport: peer.index, slot: slot, parameters: send,
                random: UInt32.random(in: .min ... .max, using: &generator))
            peer.slots.append(downTracks.insert(record))
            peer.fills.append(nil)
            peer.repairs.append(RetransmissionLimit())
        }
        keepHistory(of: peer)
    }

    /// Lets the packet path note what it sends, where some slot has transport-wide numbers.
    func keepHistory(of peer: Peer) {
        let hasNumbers = peer.slots.contains { unsafe downTracks[$0].pointee.header.hasTransportSequence }
        guard hasNumbers, unsafe senders[peer.index].pointee.key != nil else { return }
        unsafe senders[peer.index].pointee.history = peer.transport.keepHistory().reference
    }

    private func addTrack(_ section: PublishSection, to peer: Peer, now: MonotonicInstant) {
        let track = PublishedTrack(
            id: section.track, transport: peer.index, receive: section.receive, isOpen: section.isOpen,
            isOpaque: section.isOpaque,
            encodings: section.receive.encodings.map { makeEncoding($0, of: section.track, section.receive) })
        peer.tracks.append(track)
        trackByID[track.id] = track
        takeSources(of: section.receive.encodings, after: [], track: peer.tracks.count - 1, of: peer, now: now)
    }

    /// Makes the first source of an encoding.
    func makeEncoding(
        _ encoding: ReceiveParameters.Encoding, of track: TrackID, _ section: ReceiveParameters
    ) -> PublishedEncoding {
        let made = PublishedEncoding(
            number: nextEncodingNumber, track: track, encoding: encoding, kind: section.kind,
            clockRate: section.payloads.first?.format.codec.clockRate ?? 90_000)
        nextEncodingNumber += 1
        encodingByNumber[made.number] = made
        return made
    }

    private func setGate(of track: PublishedTrack, isOpen: Bool) {
        guard track.isOpen != isOpen else { return }
        guard !isOpen else {
            track.isOpen = true
            return
        }
        track.close()
        // What comes after the gate has opened again begins with a keyframe and goes on where the slot stopped, as if
        // from another source: else viewers would miss, and ask for, all that the gate dropped.
        for subscriber in track.subscribers { unsafe downTracks[subscriber.record].pointee.interrupt() }
    }

    private func fill(_ slot: Int, of peer: Peer, with fill: SlotFill?, now: MonotonicInstant) {
        guard peer.slots.indices.contains(slot), peer.fills[slot] != fill else { return }
        let record = peer.slots[slot]
        let isSameTrack = fill != nil && peer.fills[slot]?.track == fill?.track
        if let old = peer.fills[slot], !isSameTrack {
            trackByID[old.track]?.subscribers.removeAll { $0.record == record }
        }
        peer.fills[slot] = fill
        guard let fill, let track = trackByID[fill.track] else {
            unsafe downTracks[record].pointee.refill(csrc: 0)
            return
        }
        unsafe downTracks[record].pointee.refill(csrc: fill.csrc)
        if !isSameTrack { track.subscribers.append(Subscriber(record: record, transport: peer.index)) }
        // A keyframe that comes before the handshake is through would be lost, and the next one has to wait.
        if unsafe senders[peer.index].pointee.key != nil {
            begin(track, in: record, startsAtOnset: fill.startsAtOnset, now: now)
        }
    }

    /// Forgets the peer: its slots, its tracks, its paths.
    func remove(_ peer: Peer) {
        for (slot, record) in peer.slots.enumerated() {
            if let fill = peer.fills[slot] { trackByID[fill.track]?.subscribers.removeAll { $0.record == record } }
            downTracks.remove(record)
        }
        for track in peer.tracks {
            trackByID[track.id] = nil
            for encoding in track.encodings {
                encodingByNumber[encoding.number] = nil
                if let predecessor = encoding.predecessor { encodingByNumber[predecessor.number] = nil }
            }
            track.removePending()
            // Slots that carried the track are emptied by the control plane, which knows why it ended.
            track.subscribers.removeAll()
        }
        pendingTracks.removeAll { $0.transport == peer.index }
        peerByID[peer.transport.id] = nil
        let fragment = peer.transport.parameters.localCredentials.usernameFragment
        if peerByFragment[fragment] == peer.index { peerByFragment[fragment] = nil }
        for path in peer.paths where peerByPath[path] == peer.index { peerByPath[path] = nil }
        timers.set(nil, for: peer.index)
        peers[peer.index] = nil
        senders.remove(peer.index)
    }

    /// Closes a transport of the worker's own accord and says why.
    func close(_ peer: Peer, because reason: TransportCloseReason) {
        let id = peer.transport.id
        remove(peer)
        events.append(.transportClosed(id, reason))
    }
}
