import CDatagram
import Client
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

    private let options: pf_options
    private let sink = RunSink()
    private let worker: MediaWorker
    /// `nil` where the kernel is not called.
    private var loop: WorkerLoop?
    private let feeder: OpaquePointer
    private let port: UInt16
    private var publisher: ClientPeer?
    private var clients: [TransportAddress: ClientPeer] = [:]
    /// The bursts behind each other, each packet as long as the others.
    private var bursts: [UInt8] = []
    private var packetOctets = 0
    private var now = MonotonicInstant.zero + .seconds(1)
    /// What is being measured.
    private var first = 0
    private var count = 0

    var packetsForwarded: UInt64 { worker.statistics.packetsForwarded }
    var messages: UInt64 { sink.messages }
    var failures: UInt64 { sink.socket?.sendFailures ?? 0 }

    init(_ options: pf_options) throws {
        self.options = options
        guard let feeder = unsafe pf_open() else { throw PacketRunError(description: "no socket for the publisher") }
        unsafe self.feeder = feeder
        let certificate = try DTLSCertificate(madeAt: 1_700_000_000)
        let id = WorkerID(rawValue: 0)
        if options.mode == Int32(PF_NO_KERNEL) {
            worker = try MediaWorker(
                id: id, certificate: certificate, sink: sink, joinsDatagrams: true, wallClockOffset: 0, seed: 1)
            port = 7_000
        } else {
            let socket = try OpenedSocket(firstFreeOf: Self.ports)
            let made = try WorkerLoop(
                id: id, socket: socket, mailbox: WorkerMailbox(), events: WorkerEvents(), certificate: certificate,
                usesSegmentationOffload: options.mode == Int32(PF_SEGMENTS), seed: 1,
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
            encodings: [.init(ssrc: SSRC(42), rtxSSRC: SSRC(43))])
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
            if !isPublisher { worker.apply(.fillSlot(id, slot: 0, with: SlotFill(track: track, csrc: 9)), now: now) }
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
                context: context, localAddress: address, seed: UInt64(index), now: now)
            clients[address] = client
            if isPublisher { publisher = client }
        }
    }

    /// Where the worker is for a client: on loopback for the publisher.
    private func server(for client: TransportAddress) -> TransportAddress {
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
    }

    /// Seals the publisher's packets before anything is measured: `frames` bursts, the first a keyframe.
    func publish(frames: Int) throws {
        for frame in 0..<frames {
            for packet in 0..<PF_PACKETS_PER_FRAME {
                let isFirst = packet == 0
                var payload: [UInt8] = [
                    isFirst ? 0x90 : 0x80, 0x80, 0x80 | UInt8(frame >> 8 & 0x7F), UInt8(frame & 0xFF),
                ]
                // The frame tag's P bit: 0 in a keyframe.
                payload.append(isFirst && frame == 0 ? 0x10 : 0x31)
                payload += [UInt8](repeating: 0xA5, count: PF_PAYLOAD - payload.count)
                publisher?.send(
                    OutgoingMedia(
                        payloadType: 96, isMarked: packet == PF_PACKETS_PER_FRAME - 1,
                        timestamp: UInt32(frame) &* 3_000, payload: payload),
                    publication: 0, capturedAt: now)
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

    private var burstOctets: Int { packetOctets * PF_PACKETS_PER_FRAME }
    private var packetsPerBurst: UInt64 { UInt64(PF_PACKETS_PER_FRAME) * UInt64(options.viewers) }

    /// Forwards `count` bursts and tells what that cost this thread, where it is to be measured.
    func forward(first: Int, count: Int, isMeasured: Bool) throws -> pf_time {
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
        let viewer = TransportAddress(v4: 127, 0, 0, 1, port: unsafe pf_port(feeder))
        let path = NetworkPath(local: server(for: viewer), remote: viewer)
        unsafe withUnsafeTemporaryAllocation(byteCount: packetOctets, alignment: 8) { slot in
            for frame in first..<first + count {
                now = now + .microseconds(500)
                for packet in 0..<PF_PACKETS_PER_FRAME {
                    let start = frame * burstOctets + packet * packetOctets
                    unsafe bursts.withUnsafeBytes { bursts in
                        unsafe slot.copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: bursts[start..<start + packetOctets]))
                    }
                    unsafe worker.receive(slot, on: path, now: now)
                }
                worker.finishTurn(now: now)
            }
        }
    }
}
