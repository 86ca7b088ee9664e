import Client
import Cryptography
import Foundation
import ICE
import MediaControl
import MediaRuntime
import Primitives
import RTP

/// The packet loop alone: one publisher's sealed packets go into a real worker, sealed packets for every viewer come out
/// into a sink that drops them. Prints processor time per forwarded packet; run it under `perf` or `callgrind`.
@main
struct PacketLoop {
    /// Packets of one frame, sent in one turn.
    static let packetsPerTurn = 6
    static let payloadOctets = 1_160

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let viewers = arguments.first ?? 100
        let turns = arguments.dropFirst().first ?? 2_000
        var room = try Room(viewers: viewers)
        room.connect()
        let packets = room.publish(turns: turns)
        let start = ProcessTime.now
        let forwarded = room.forward(packets)
        let spent = ProcessTime.now - start
        print(
            "packet loop: 1 publisher x \(viewers) viewers, \(payloadOctets) octets: "
                + String(format: "%.3f us per forwarded packet, %d packets", spent * 1e6 / Double(forwarded), forwarded)
        )
    }
}

/// User and system time of the process, in seconds.
enum ProcessTime {
    static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Takes the worker's datagrams: hands them to the clients while they connect, then only counts them.
final class CountingSink: DatagramSink {
    var collected: [([UInt8], NetworkPath)] = []
    var collects = true

    func send(_ batch: SendBatch) {
        guard collects else { return }
        unsafe batch.forEachDatagram { datagram, path in unsafe collected.append((Array(datagram), path)) }
    }
}

/// A worker, a publisher and viewers, joined by function calls.
struct Room {
    private let sink = CountingSink()
    private let worker: MediaWorker
    private let publisher: ClientPeer
    private var clients: [TransportAddress: ClientPeer] = [:]
    private var now = MonotonicInstant.zero + .seconds(1)
    private static let server = TransportAddress(v4: 10, 255, 0, 1, port: 7_000)

    init(viewers: Int) throws {
        let certificate = try DTLSCertificate(madeAt: 1_700_000_000)
        worker = try MediaWorker(
            id: WorkerID(rawValue: 0), certificate: certificate, sink: sink, joinsRuns: true, frameHold: .zero,
            wallClockOffset: 0,
            seed: 1)
        let context = try ClientContext(certificate: certificate)
        var generator = SeededGenerator(seed: 7)
        let track = TrackID(rawValue: 1)
        var extensions = HeaderExtensionMap()
        extensions[.transportSequenceNumber] = 3
        let payloads = [
            PayloadMapping(
                payloadType: 96, format: CodecFormat(.vp8), rtxPayloadType: 97, feedback: [.nack, .pli, .transportCC])
        ]
        var made: [ClientPeer] = []
        for index in 0...viewers {
            let isPublisher = index == 0
            let local = ICECredentials.random(using: &generator)
            let remote = ICECredentials.random(using: &generator)
            let published = ReceiveParameters(
                mid: "0", kind: .video, payloads: payloads, extensions: extensions,
                encodings: [.init(ssrc: SSRC(42), rtxSSRC: SSRC(43))])
            let slot = SendParameters(
                mid: "0", kind: .video, payloads: payloads, extensions: extensions,
                ssrc: SSRC(UInt32(1_000 + 2 * index)),
                rtxSSRC: SSRC(UInt32(1_001 + 2 * index)), cname: "seat")
            let parameters = TransportParameters(
                id: TransportID(rawValue: UInt64(index + 1)), localCredentials: local, remoteCredentials: remote,
                remoteFingerprints: [certificate.fingerprint],
                publications: isPublisher ? [PublishSection(track: track, receive: published, isOpen: true)] : [],
                slots: isPublisher ? [] : [slot], hasDataSection: false)
            worker.apply(.openTransport(parameters), now: now)
            let address = TransportAddress(
                family: .v4, high: 0, low: 0x0A00_0001 + UInt64(index), port: 5_000)
            let client = try ClientPeer(
                parameters: ClientParameters(
                    localCredentials: remote, remoteCredentials: local, remoteFingerprints: [certificate.fingerprint],
                    remoteCandidates: [Self.server], publications: isPublisher ? [published] : [],
                    slots: isPublisher ? [] : [slot]),
                context: context, localAddress: address, seed: UInt64(index), now: now)
            clients[address] = client
            made.append(client)
        }
        publisher = made[0]
        for index in 1...max(viewers, 1) where index <= viewers {
            worker.apply(
                .fillSlot(TransportID(rawValue: UInt64(index + 1)), slot: 0, with: SlotFill(track: track, csrc: 9)),
                now: now)
        }
    }

    /// Runs every handshake.
    mutating func connect() {
        while !clients.values.allSatisfy(\.isEstablished) {
            now = now + .milliseconds(1)
            for (address, client) in clients {
                if let due = client.nextTimeout, due <= now { client.handleTimeout(now: now) }
                while let datagram = client.nextDatagram() { deliver(datagram.octets, from: address) }
            }
            worker.finishTurn(now: now)
            for (octets, path) in sink.collected { clients[path.remote]?.receive(octets, on: path.reversed, now: now) }
            sink.collected.removeAll()
        }
        sink.collects = false
    }

    /// The publisher's packets, sealed before the measurement: `turns` frames, the first a keyframe.
    func publish(turns: Int) -> [[[UInt8]]] {
        (0..<turns).map { frame in
            for packet in 0..<PacketLoop.packetsPerTurn {
                let isFirst = packet == 0
                var payload: [UInt8] = [
                    isFirst ? 0x90 : 0x80, 0x80, 0x80 | UInt8(frame >> 8 & 0x7F), UInt8(frame & 0xFF),
                ]
                // The frame tag's P bit: 0 in a keyframe.
                payload.append(isFirst && frame == 0 ? 0x10 : 0x31)
                payload += [UInt8](repeating: 0xA5, count: PacketLoop.payloadOctets - payload.count)
                publisher.send(
                    OutgoingMedia(
                        payloadType: 96, isMarked: packet == PacketLoop.packetsPerTurn - 1,
                        timestamp: UInt32(frame) &* 3_000, payload: payload),
                    publication: 0, capturedAt: now)
            }
            var frame: [[UInt8]] = []
            while let datagram = publisher.nextDatagram() { frame.append(datagram.octets) }
            return frame
        }
    }

    /// Forwards them, a frame a turn. Returns how many packets went to viewers.
    mutating func forward(_ frames: [[[UInt8]]]) -> UInt64 {
        var forwarded: UInt64 = 0
        for frame in frames {
            now = now + .microseconds(500)
            for octets in frame { deliver(octets, from: publisher.sendingAddress) }
            worker.finishTurn(now: now)
            for case .statistics(let statistics) in worker.takeEvents() { forwarded = statistics.packetsForwarded }
        }
        worker.finishTurn(now: now + .seconds(2))
        for case .statistics(let statistics) in worker.takeEvents() { forwarded = statistics.packetsForwarded }
        return forwarded
    }

    private func deliver(_ octets: [UInt8], from address: TransportAddress) {
        var copy = octets
        unsafe copy.withUnsafeMutableBytes { bytes in
            unsafe worker.receive(bytes, on: NetworkPath(local: Self.server, remote: address), now: now)
        }
    }
}

extension NetworkPath {
    /// The same path seen from its other end.
    var reversed: NetworkPath { NetworkPath(local: remote, remote: local) }
}

extension ClientPeer {
    /// Where its datagrams leave from; known once it is established.
    var sendingAddress: TransportAddress {
        selectedPath?.local ?? TransportAddress(v4: 0, 0, 0, 0, port: 0)
    }
}
