import Client
import CongestionControl
import Cryptography
import DatagramIO
import ICE
import MediaControl
import Primitives
import RTP
import TestSupport

@testable import DTLS
@testable import MediaRuntime

/// A room in virtual time: a real worker, real clients, a network between them that is emulated, and no clock, thread or
/// socket anywhere. The same seed gives the same run.
final class VirtualRoom {
    static let serverV4 = TransportAddress(v4: 192, 0, 2, 1, port: 7_882)
    static let serverV6 = TransportAddress(family: .v6, high: 0x2001_0DB8_0000_0000, low: 1, port: 7_882)
    /// The wall clock of the server, 2023-11-14, less its monotonic clock.
    static let serverWallClock: Int64 = 1_700_000_000_000_000_000

    /// What a turn with handshakes costs where each step costs a millisecond.
    static let handshakeTurn = Duration.milliseconds(1) * MediaWorker.handshakesPerTurn

    /// Between two looks at the kernel's TCP connections, where there are any.
    private static let connectionInterval = Duration.milliseconds(2)

    let network: VirtualNetwork
    /// The kernel's TCP connections on loopback, in virtual time all the same; `nil` where the worker takes none.
    let connections: TCPConnections?
    /// Where they lead.
    let tcpAddress: TransportAddress?
    /// The participants' ends.
    private var links: [Int: TCPClient] = [:]
    private let tcpSink: TCPSink?
    private var nextConnectionTurn = MonotonicInstant.zero
    let worker: MediaWorker
    let sink: VirtualSink
    private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private(set) var participants: [Participant] = []
    private(set) var events: [(at: MonotonicInstant, event: MediaEvent)] = []
    /// Turns of the worker so far.
    private(set) var turns = 0
    /// What a handshake step costs the worker, so that it does nothing else meanwhile.
    var handshakeCost = Duration.zero

    private let context: ClientContext
    let serverFingerprint: CertificateFingerprint
    private var taken = 0
    private var generator: SeededGenerator
    private var owners: [TransportAddress: Int] = [:]
    private var timers = TimerQueue()
    private var hasWork = false
    private var busyUntil = MonotonicInstant.zero
    private var waiting: [VirtualNetwork.Datagram] = []
    private var nextID: UInt64 = 1

    init(
        seed: UInt64 = 1, conditions: LinkConditions = LinkConditions(latency: .milliseconds(10)),
        clientProfiles: [SRTPProfile] = DTLSContext.preferredProfiles,
        frameHold: Duration = MediaConfiguration.defaultFrameHold, estimation: EstimatorSettings? = nil,
        traces: (any TraceSink)? = nil, acceptsTCP: Bool = false
    ) throws {
        generator = SeededGenerator(seed: seed)
        network = VirtualNetwork(seed: generator.next(), conditions: conditions)
        sink = VirtualSink(network: network)
        if acceptsTCP {
            let (socket, listener) = try OpenedSocket.withListener(firstFreeOf: 31_600...31_999)
            // The number is the listener's alone from now on.
            _ = UDPSocket(socket, usesSegmentationOffload: false)
            let taken = try TCPConnections(listener)
            connections = taken
            tcpSink = TCPSink(sink, taken)
            tcpAddress = TransportAddress(v4: 127, 0, 0, 1, port: socket.port)
        } else {
            connections = nil
            tcpSink = nil
            tcpAddress = nil
        }
        let serverCertificate = try DTLSCertificate(madeAt: 1_700_000_000)
        serverFingerprint = serverCertificate.fingerprint
        worker = try MediaWorker(
            id: WorkerID(rawValue: 0), certificate: serverCertificate, sink: tcpSink ?? sink, joinsDatagrams: true,
            frameHold: frameHold, estimation: estimation, traces: traces,
            wallClockOffset: Self.serverWallClock, seed: generator.next())
        let certificate = try DTLSCertificate(madeAt: 1_700_000_000)
        context = ClientContext(
            try DTLSContext(certificate: certificate, profiles: clientProfiles), fingerprint: certificate.fingerprint)
    }

    // MARK: - Joining

    /// Opens a transport at the worker and makes the client that goes with it; its first check goes out now.
    @discardableResult
    func join(_ joining: Joining) throws -> Participant {
        let number = nextID
        nextID += 1
        let server = ICECredentials(
            usernameFragment: "server\(number)", password: "server-password-with-128-bits-\(number)")
        let local = ICECredentials(usernameFragment: "client\(number)", password: "client-password-long-\(number)")
        var publications: [PublishSection] = []
        for section in joining.publications {
            let track = TrackID(rawValue: number << 16 | UInt64(publications.count))
            publications.append(
                PublishSection(track: track, receive: section, isOpen: joining.isOpen, isOpaque: joining.isOpaque))
        }
        var slots: [SendParameters] = []
        for seat in 0..<joining.seats {
            let ssrc = UInt32(number) << 12 | UInt32(seat) << 4 | 0x8000_0000
            let cname = "seat\(seat)-\(number)"
            slots.append(
                RoomSections.audioSlot(mid: "a\(seat)", ssrc: ssrc, cname: cname, takesRED: joining.slotsTakeRED))
            slots.append(
                RoomSections.videoSlot(mid: "v\(seat)", ssrc: ssrc + 2, cname: cname, codec: joining.slotCodec))
        }
        let parameters = TransportParameters(
            id: TransportID(rawValue: number), localCredentials: server, remoteCredentials: local,
            remoteFingerprints: [joining.fingerprint ?? context.fingerprint], publications: publications, slots: slots,
            hasDataSection: false, startsHandshake: joining.options.awaitsHandshake)
        let participant = try connect(
            parameters, number: number, options: joining.options, isV6: joining.isV6, address: joining.address,
            receiveBuffer: joining.tcpReceiveBuffer)
        command(.openTransport(parameters))
        reschedule(participant)
        return participant
    }

    /// Makes the client of a transport that the worker is told of besides; its first check goes out with the next step.
    ///
    /// - Parameter number: unique among the participants; the address, the wall clock and the media follow from it.
    func connect(
        _ parameters: TransportParameters, number: UInt64, options: ClientOptions = ClientOptions(), isV6: Bool = false,
        address: TransportAddress? = nil, receiveBuffer: Int32? = nil
    ) throws -> Participant {
        let link = try receiveBuffer.map { try dial(receiveBuffer: $0) }
        let address = address ?? link?.path.local ?? self.address(of: Int(number), isV6: isV6)
        var options = options
        // Every client's wall clock is wrong in its own way.
        options.wallClockOffset = Self.serverWallClock + Int64(number) * 3_777_000_000 - 9_000_000_000
        let publications = parameters.publications.map(\.receive)
        let client = try ClientPeer(
            parameters: ClientParameters(
                localCredentials: parameters.remoteCredentials, remoteCredentials: parameters.localCredentials,
                remoteFingerprints: [serverFingerprint],
                remoteCandidates: [link?.path.remote ?? (isV6 ? Self.serverV6 : Self.serverV4)],
                publications: publications, slots: parameters.slots),
            context: context, localAddress: address, options: options, seed: generator.next(), now: now)
        let participant = Participant(
            id: parameters.id, index: participants.count, client: client, parameters: parameters, address: address)
        if !publications.isEmpty {
            participant.publisher = SyntheticPublisher(
                identity: UInt32(number), client: client, seed: generator.next())
        }
        participants.append(participant)
        owners[address] = participant.index
        links[participant.index] = link
        return participant
    }

    private func dial(receiveBuffer: Int32) throws -> TCPClient {
        guard let tcpAddress else { throw SocketError(description: "the room takes no TCP connections") }
        return try TCPClient(to: tcpAddress, receiveBuffer: receiveBuffer)
    }

    /// Closes the participant's TCP connection, and opens another one.
    func redial(_ participant: Participant) throws {
        links[participant.index] = nil
        let link = try dial(receiveBuffer: 0)
        links[participant.index] = link
        move(participant, to: link.path.local)
    }

    /// Closes the participant's TCP connection.
    func hangUp(_ participant: Participant) { links[participant.index] = nil }

    /// Of the clients' certificate.
    var clientFingerprint: CertificateFingerprint { context.fingerprint }

    /// What the worker told since the last call.
    func takeNewEvents() -> [MediaEvent] {
        defer { taken = events.count }
        return events[taken...].map(\.event)
    }

    private func address(of number: Int, isV6: Bool) -> TransportAddress {
        isV6
            ? TransportAddress(family: .v6, high: 0x2001_0DB8_0001_0000, low: UInt64(number), port: 40_000)
            : TransportAddress(v4: 198, 51, UInt8(number >> 8), UInt8(number & 0xFF), port: 40_000)
    }

    /// Gives the participant another address, as a change of network does.
    func move(_ participant: Participant, to address: TransportAddress) {
        rebind(participant, to: address)
        participant.localAddress = address
        participant.client.move(to: address, now: now)
        settle(participant)
    }

    /// Gives the participant another address in the eyes of the server, as a NAT does that has forgotten its mapping; the
    /// participant does not know.
    func rebind(_ participant: Participant, to address: TransportAddress) {
        owners[participant.address] = nil
        participant.address = address
        owners[address] = participant.index
    }

    /// Shows `publisher` in a seat of the viewer, sound and picture.
    func show(_ publisher: Participant, to viewer: Participant, seat: Int = 0) {
        let csrc = UInt32(truncatingIfNeeded: publisher.id.rawValue) + 100
        command(.fillSlot(viewer.id, slot: 2 * seat, with: SlotFill(track: publisher.audioTrack, csrc: csrc)))
        command(.fillSlot(viewer.id, slot: 2 * seat + 1, with: SlotFill(track: publisher.videoTrack, csrc: csrc)))
    }

    func command(_ command: MediaCommand) {
        worker.apply(command, now: now)
        hasWork = true
    }

    /// Puts a datagram on the network as if it came from `from`.
    func inject(_ octets: [UInt8], from: TransportAddress, to: TransportAddress = serverV4) {
        network.send(octets, from: from, to: to, at: now)
    }

    /// Sends what a test made the client say.
    func settle(_ participant: Participant) {
        unsafe participant.client.drainDatagrams { octets, path in
            if let link = links[participant.index] {
                unsafe link.send(octets.assumingMemoryBound(to: UInt8.self), now: now)
            } else if path.remote != tcpAddress {
                network.send(unsafe Array(octets), from: participant.address, to: path.remote, at: now)
            }
        }
        for event in participant.client.takeEvents() {
            participant.events.append((now, event))
            if case .keyframeRequested(let publication, let encoding) = event {
                participant.publisher?.keyframeRequested(publication: publication, encoding: encoding, now: now)
            }
        }
        reschedule(participant)
    }

    func reschedule(_ participant: Participant) {
        guard !participant.isFrozen else { return timers.set(nil, for: participant.index) }
        timers.set(earliest(participant.client.nextTimeout, participant.publisher?.nextTick), for: participant.index)
    }

    /// Makes the participant fall silent at once and for good.
    func freeze(_ participant: Participant) {
        participant.isFrozen = true
        reschedule(participant)
    }

    func startPublishing(_ participant: Participant) {
        participant.publisher?.start(at: now)
        reschedule(participant)
    }

    // MARK: - Time

    /// Lets `duration` pass.
    func run(_ duration: Duration) {
        let end = now + duration
        while let next = nextEvent, next <= end { step(at: max(next, now)) }
        now = end
    }

    /// Lets time pass until `condition` holds, `limit` at most.
    @discardableResult
    func run(atMost limit: Duration, until condition: () -> Bool) -> Bool {
        let end = now + limit
        while !condition() {
            guard let next = nextEvent, next <= end else {
                now = end
                return condition()
            }
            step(at: max(next, now))
        }
        return true
    }

    private var nextEvent: MonotonicInstant? {
        var next = earliest(network.nextArrival, timers.next)
        let worker = hasWork || !waiting.isEmpty ? now : worker.nextTimeout
        next = earliest(next, worker.map { max($0, busyUntil) })
        if !links.isEmpty { next = earliest(next, nextConnectionTurn) }
        return next
    }

    private func step(at instant: MonotonicInstant) {
        now = instant
        sink.now = now
        tcpSink?.now = now
        var touched: [Int] = []
        network.deliver(until: now) { datagram in
            if datagram.to == Self.serverV4 || datagram.to == Self.serverV6 {
                waiting.append(datagram)
            } else if let owner = owners[datagram.to], !participants[owner].isFrozen {
                let path = NetworkPath(local: participants[owner].localAddress, remote: datagram.from)
                participants[owner].client.receive(datagram.octets, on: path, now: now)
                touched.append(owner)
            }
        }
        for (owner, link) in links where !participants[owner].readsNothing {
            let path = NetworkPath(local: participants[owner].localAddress, remote: link.path.remote)
            _ = unsafe link.receive { datagram in
                participants[owner].client.receive(unsafe Array(datagram), on: path, now: now)
            }
            touched.append(owner)
        }
        while let owner = timers.popDue(at: now) {
            let participant = participants[owner]
            participant.client.handleTimeout(now: now)
            participant.publisher?.tick(now: now)
            settle(participant)
        }
        for owner in touched { settle(participants[owner]) }
        let isConnectionTurn = !links.isEmpty && nextConnectionTurn <= now
        if isConnectionTurn { nextConnectionTurn = now + Self.connectionInterval }
        if now >= busyUntil,
            hasWork || isConnectionTurn || !waiting.isEmpty || worker.nextTimeout.map({ $0 <= now }) == true
        {
            turn()
        }
    }

    private func turn() {
        for index in waiting.indices {
            let path = NetworkPath(local: waiting[index].to, remote: waiting[index].from)
            unsafe waiting[index].octets.withUnsafeMutableBytes { octets in
                unsafe worker.receive(octets, on: path, now: now)
            }
        }
        waiting.removeAll(keepingCapacity: true)
        hasWork = false
        if let connections {
            // As in `WorkerLoop`.
            unsafe connections.receive(now: now, isKnown: worker.knows) { datagram, path in
                unsafe worker.receive(datagram, on: path, now: now)
            }
            connections.checkTimes(now: now, isKnown: worker.knows)
            for change in connections.takeChanges() { worker.note(change, now: now) }
        }
        let hasHandshakes = !worker.handshakes.isEmpty
        worker.finishTurn(now: now)
        turns += 1
        if let connections {
            connections.flush(now: now)
            for change in connections.takeChanges() { worker.note(change, now: now) }
            if let figures = connections.takeNewFigures() { worker.noteConnections(figures) }
        }
        if hasHandshakes { busyUntil = now + handshakeCost * MediaWorker.handshakesPerTurn }
        for event in worker.takeEvents() { events.append((now, event)) }
    }
}
