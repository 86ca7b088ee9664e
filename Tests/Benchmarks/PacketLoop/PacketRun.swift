import CDatagram
import Client
import CongestionControl
import Cryptography
import DatagramIO
import ICE
import MediaControl
import MediaRuntime
import PacketFeeder
import Primitives
import RTP

/// A worker with a publisher and viewers that connect by function calls, so that only media crosses the kernel.
// Safe to use: the feeder lives as long as the run, and its thread ends before what it sends does.
@safe final class PacketRun {
    private static let ports: ClosedRange<UInt16> = 28_000...28_099

    let options: pf_options
    let sink: RunSink
    let worker: MediaWorker
    /// `nil` where the kernel is not called, and on a virtual clock.
    private var loop: WorkerLoop?
    private let feeder: OpaquePointer
    private let port: UInt16
    private(set) var publisher: ClientPeer?
    private var clients: [TransportAddress: ClientPeer] = [:]
    /// In the order of their addresses.
    var viewers: [ViewerPath] = []
    /// Processor time of each turn with a frame on a virtual clock, in microseconds.
    var turns: [Int64] = []
    /// What is being measured on a virtual clock, and what viewers have sent.
    var step = Step.nothing
    var answers: [(octets: [UInt8], path: NetworkPath)] = []
    /// The bursts behind each other, each packet as long as the others.
    private var bursts: [UInt8] = []
    private var packetOctets = 0
    var now = MonotonicInstant.zero + .seconds(1)
    /// What is being measured.
    private var first = 0
    private var count = 0

    var packetsForwarded: UInt64 { worker.statistics.packetsForwarded }
    var messages: UInt64 { sink.messages }
    var failures: UInt64 { sink.socket?.sendFailures ?? 0 }

    init(_ options: pf_options) throws {
        self.options = options
        sink = RunSink(firstViewer: options.to, capacity: Int(options.viewers) * 64)
        guard let feeder = unsafe pf_open() else { throw PacketRunError(description: "no socket for the publisher") }
        unsafe self.feeder = feeder
        let certificate = try DTLSCertificate(madeAt: 1_700_000_000)
        let id = WorkerID(rawValue: 0)
        let estimation = Self.estimation(options)
        let isVirtual = options.feedback != 0
        let joinsDatagrams = options.mode != Int32(PF_SENDMMSG)
        if options.mode == Int32(PF_NO_KERNEL) || isVirtual {
            worker = try MediaWorker(
                id: id, certificate: certificate, sink: sink, joinsDatagrams: joinsDatagrams, estimation: estimation,
                wallClockOffset: 0, seed: 1)
            if options.mode == Int32(PF_NO_KERNEL) {
                port = 7_000
            } else {
                let socket = try OpenedSocket(firstFreeOf: Self.ports)
                port = socket.port
                sink.socket = UDPSocket(socket, usesSegmentationOffload: joinsDatagrams)
            }
        } else {
            // As in a server, whose workers take TCP connections besides.
            let (socket, listener) = try OpenedSocket.withListener(firstFreeOf: Self.ports)
            let made = try WorkerLoop(
                id: id, socket: socket, listener: listener, mailbox: WorkerMailbox(), events: WorkerEvents(),
                certificate: certificate,
                usesSegmentationOffload: joinsDatagrams, estimation: estimation, seed: 1,
                sink: { [sink] socket in
                    sink.socket = socket
                    return sink
                })
            loop = made
            worker = made.worker
            port = socket.port
        }
        try openTransports(certificate)
    }

    deinit { unsafe pf_close(feeder) }

    /// Congestion control as it is by default where viewers answer. Else the estimate stays above all that is sent, so that the
    /// figures are those of forwarding and pacing.
    private static func estimation(_ options: pf_options) -> EstimatorSettings? {
        guard options.congestion_control != 0 else { return nil }
        var settings = EstimatorSettings()
        guard options.feedback == 0 else { return settings }
        settings.start = .kilobits(1_000_000)
        settings.least = settings.start
        settings.most = settings.start
        settings.probes = false
        return settings
    }

    private func openTransports(_ certificate: DTLSCertificate) throws {
        let context = try ClientContext(certificate: certificate)
        var generator = SeededGenerator(seed: 7)
        let track = TrackID(rawValue: 1)
        var extensions = HeaderExtensionMap()
        extensions[.transportSequenceNumber] = 3
        let payloads = [
            PayloadMapping(
                payloadType: 96, format: CodecFormat(.vp8), rtxPayloadType: 97, feedback: [.nack, .pli, .transportCC])
        ]
        let published = ReceiveParameters(
            mid: "0", kind: .video, payloads: payloads, extensions: extensions,
            encodings: (0..<UInt32(options.encodings)).map {
                .init(
                    rid: options.encodings > 1 ? "\($0)" : nil, ssrc: SSRC(42 + 2 * $0), rtxSSRC: SSRC(43 + 2 * $0))
            })
        now = tick(from: now)
        for index in 0...UInt32(options.viewers) {
            let isPublisher = index == 0
            let local = ICECredentials.random(using: &generator)
            let remote = ICECredentials.random(using: &generator)
            let slot = SendParameters(
                mid: "0", kind: .video, payloads: payloads, extensions: extensions, ssrc: SSRC(1_000 + 2 * index),
                rtxSSRC: SSRC(1_001 + 2 * index), cname: "seat")
            let id = TransportID(rawValue: UInt64(index) + 1)
            worker.apply(
                .openTransport(
                    TransportParameters(
                        id: id, localCredentials: local, remoteCredentials: remote,
                        remoteFingerprints: [certificate.fingerprint],
                        publications: isPublisher
                            ? [PublishSection(track: track, receive: published, isOpen: true)] : [],
                        slots: isPublisher ? [] : [slot], hasDataSection: false)), now: now)
            if !isPublisher {
                // Spread over the largest encodings.
                let encoding = options.encodings - 1 - Int32(index) % options.watched
                let demand = SlotDemand(width: Self.width(of: encoding), height: Self.width(of: encoding) / 2)
                worker.apply(.setDemand(id, slot: 0, demand), now: now)
                worker.apply(.fillSlot(id, slot: 0, with: Self.fill), now: now)
            }
            let address =
                isPublisher
                ? TransportAddress(v4: 127, 0, 0, 1, port: unsafe pf_port(feeder))
                : TransportAddress(
                    family: .v4, high: 0, low: UInt64(options.to &+ (index - 1)), port: UInt16(PF_VIEWER_PORT))
            let client = try ClientPeer(
                parameters: ClientParameters(
                    localCredentials: remote, remoteCredentials: local, remoteFingerprints: [certificate.fingerprint],
                    remoteCandidates: [server(for: address)], publications: isPublisher ? [published] : [],
                    slots: isPublisher ? [] : [slot]),
                context: context, localAddress: address, options: Self.clientOptions, seed: UInt64(index), now: now)
            clients[address] = client
            if isPublisher { publisher = client } else { viewers.append(ViewerPath(client, index, of: options)) }
        }
    }

    /// Of an encoding's pictures, which are half as high.
    private static func width(of encoding: Int32) -> UInt16 { 320 << UInt16(encoding) }

    private static let fill = SlotFill(track: TrackID(rawValue: 1), csrc: 9)

    /// Empties every slot and fills it with the same track.
    func refillSlots() {
        for index in 0..<UInt64(options.viewers) {
            for fill in [nil, Self.fill] {
                worker.apply(.fillSlot(TransportID(rawValue: index + 2), slot: 0, with: fill), now: now)
            }
        }
    }

    /// The client with an address.
    func client(at address: TransportAddress) -> ClientPeer? { clients[address] }

    /// The path of what a viewer receives, as the viewer sees it.
    func answeredPath(of viewer: Int) -> NetworkPath {
        let address = viewers[viewer].client.selectedPath?.local ?? TransportAddress(v4: 0, 0, 0, 0, port: 0)
        return NetworkPath(local: address, remote: server(for: address))
    }

    /// Viewers read headers only.
    private static var clientOptions: ClientOptions {
        var options = ClientOptions()
        options.opensMedia = false
        return options
    }

    /// Where the worker is for a client: on loopback for the publisher.
    func server(for client: TransportAddress) -> TransportAddress {
        let isPublisher = client.port != UInt16(PF_VIEWER_PORT)
        return TransportAddress(
            family: .v4, high: 0, low: isPublisher ? 0x7F00_0001 : UInt64(options.from), port: port)
    }

    /// The worker's clock: the kernel's where that is called, else a millisecond on.
    private func tick(from now: MonotonicInstant) -> MonotonicInstant {
        loop == nil ? now + .milliseconds(1) : MonotonicInstant(nanoseconds: fs_monotonic_now())
    }

    /// Runs every handshake.
    func connect() throws {
        while !clients.values.allSatisfy(\.isEstablished) {
            now = tick(from: now)
            for (address, client) in clients {
                if let due = client.nextTimeout, due <= now { client.handleTimeout(now: now) }
                while var datagram = client.nextDatagram()?.octets {
                    let path = NetworkPath(local: server(for: address), remote: address)
                    unsafe datagram.withUnsafeMutableBytes { unsafe worker.receive($0, on: path, now: now) }
                }
            }
            worker.finishTurn(now: now)
            for (octets, path) in sink.collected {
                let reversed = NetworkPath(local: path.remote, remote: path.local)
                clients[path.remote]?.receive(octets, on: reversed, now: now)
            }
            sink.collected.removeAll()
        }
        sink.collects = false
        sink.follows = options.feedback != 0
    }

    /// Packets of an encoding's picture: where paths are narrow, smaller encodings have fewer.
    private func packets(of encoding: Int) -> Int {
        options.link == 0
            ? PF_PACKETS_PER_FRAME : max(1, PF_PACKETS_PER_FRAME >> (Int(options.encodings) - 1 - encoding))
    }

    /// Packets of a burst, which has a picture of each encoding.
    private var packetsOfBurst: Int { (0..<Int(options.encodings)).reduce(0) { $0 + packets(of: $1) } }

    /// Whether the burst has keyframes: the first, those in which viewers go over to the encoding that they want, and where
    /// they answer one each second.
    private func isKeyframe(_ frame: Int) -> Bool {
        options.feedback != 0 ? frame % 30 == 0 : frame == 0 || options.encodings > 1 && frame < 50 && frame % 20 == 0
    }

    /// Seals the publisher's packets before anything is measured.
    func publish(frames: Int) throws {
        for picture in 0..<frames * Int(options.encodings) {
            let (frame, encoding) = picture.quotientAndRemainder(dividingBy: Int(options.encodings))
            let packets = packets(of: encoding)
            for packet in 0..<packets {
                let isFirst = packet == 0
                var payload: [UInt8] = [
                    isFirst ? 0x90 : 0x80, 0x80, 0x80 | UInt8(frame >> 8 & 0x7F), UInt8(frame & 0xFF),
                ]
                // The frame tag's P bit: 0 in a keyframe, which goes on with start code and size (RFC 6386 section 9.1).
                let width = Self.width(of: Int32(encoding))
                payload +=
                    isFirst && isKeyframe(frame)
                    ? [0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A]
                        + [width, width / 2].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } : [0x31]
                payload += [UInt8](repeating: 0xA5, count: PF_PAYLOAD - payload.count)
                publisher?.send(
                    OutgoingMedia(
                        payloadType: 96, isMarked: packet == packets - 1,
                        timestamp: UInt32(frame) &* 3_000, payload: payload),
                    publication: 0, encoding: encoding, capturedAt: now)
            }
            while let octets = publisher?.nextDatagram()?.octets {
                packetOctets = octets.count
                bursts += octets
            }
        }
        guard bursts.count == frames * burstOctets else {
            throw PacketRunError(description: "the publisher's packets are not of one size")
        }
    }

    private var burstOctets: Int { packetOctets * packetsOfBurst }
    private var packetsPerBurst: UInt64 { UInt64(PF_PACKETS_PER_FRAME) * UInt64(options.viewers) }

    /// Forwards `count` bursts and tells what that cost this thread, where it is to be measured.
    func forward(first: Int, count: Int, isMeasured: Bool) throws -> pf_time {
        if options.feedback != 0 {
            return try forwardOnVirtualClock(first: first, count: count, isMeasured: isMeasured)
        }
        (self.first, self.count) = (first, count)
        return try unsafe bursts.withUnsafeBufferPointer { bursts in
            let isOnSocket = loop != nil
            if isOnSocket {
                let error = unsafe pf_start(
                    feeder, port, bursts.baseAddress.map { unsafe $0 + first * burstOctets }, Int32(count),
                    Int32(burstOctets), Int32(packetOctets))
                guard error == 0 else { throw PacketRunError(description: "no thread for the publisher (\(error))") }
            }
            let call = unsafe isMeasured ? pf_measure : pf_warm_up
            let spent = unsafe call(
                { context in
                    guard let context = unsafe context else { return }
                    let run = unsafe Unmanaged<PacketRun>.fromOpaque(context).takeUnretainedValue()
                    if let loop = run.loop { run.turn(loop) } else { run.callWorker() }
                }, Unmanaged.passUnretained(self).toOpaque())
            if isOnSocket {
                unsafe pf_join(feeder)
                guard unsafe pf_has_given_up(feeder) == 0 else {
                    throw PacketRunError(description: "packets were lost on their way to the worker")
                }
            }
            return spent
        }
    }

    private func turn(_ loop: WorkerLoop) {
        let start = packetsForwarded
        let wanted = UInt64(count) * packetsPerBurst
        while packetsForwarded - start < wanted, unsafe pf_has_given_up(feeder) == 0, loop.turn() {
            unsafe pf_note(feeder, Int32((packetsForwarded - start) / packetsPerBurst))
        }
    }

    private func callWorker() {
        for frame in first..<first + count {
            now = now + .microseconds(500)
            receive(burst: frame)
            worker.finishTurn(now: now)
        }
    }

    /// Hands the worker the publisher's packets of a burst.
    func receive(burst frame: Int) {
        let address = TransportAddress(v4: 127, 0, 0, 1, port: unsafe pf_port(feeder))
        let path = NetworkPath(local: server(for: address), remote: address)
        unsafe withUnsafeTemporaryAllocation(byteCount: packetOctets, alignment: 8) { slot in
            for packet in 0..<packetsOfBurst {
                let start = frame * burstOctets + packet * packetOctets
                unsafe bursts.withUnsafeBytes { bursts in
                    unsafe slot.copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bursts[start..<start + packetOctets]))
                }
                unsafe worker.receive(slot, on: path, now: now)
            }
        }
    }
}
