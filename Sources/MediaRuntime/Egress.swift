import DatagramIO
import Forwarding
import MediaControl
import Primitives
import SRTP
import Transport

/// The only door through which anything leaves a worker: batches of media, single packets, retransmissions, RTCP, and the
/// datagrams of STUN and DTLS. It writes headers, numbers, seals and notes what is sent, and hands the batch to the sink.
///
/// It knows no track: what is sent, and to whom, is the caller's decision. Confined to its worker's thread.
final class Egress {
    let engine: SealingEngine
    let batch: SendBatch
    /// One record per peer.
    let peers = Slab<PeerEgress, PeerIndex>(minimumCapacity: 64)
    /// When batches left.
    let times = SendTimes()
    let counters: WorkerCounters
    /// Octets that left with the batch that is being sent, and packets of it that could not be sealed: see `countBatch`.
    var batchOctets = 0
    var batchFailures = 0
    /// The time of the turn, for the pacers.
    var now = MonotonicInstant.zero
    private let sink: any DatagramSink
    /// Used again for every RTCP datagram.
    var scratch: [UInt8] = []

    init(sink: any DatagramSink, joinsDatagrams: Bool, counters: WorkerCounters) throws {
        self.sink = sink
        self.counters = counters
        engine = try SealingEngine()
        batch = SendBatch(joinsDatagrams: joinsDatagrams)
        scratch.reserveCapacity(2_048)
    }

    /// Completes the packets that are being sealed and hands the batch to the sink.
    func flush() {
        guard !batch.isEmpty else { return }
        engine.flush()
        times.noteFlush(at: sink.send(batch))
        batch.reset()
    }

    /// Sends one datagram of STUN or DTLS.
    func send(_ datagram: [UInt8], to route: borrowing Route) {
        guard datagram.count <= SendBatch.maximumDatagram else { return counters.drops.count(.sendFailed) }
        let destination = unsafe reserve()
        unsafe datagram.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { unsafe destination.update(from: base, count: bytes.count) }
        }
        commit(octets: datagram.count, to: route)
    }

    /// Space for one datagram of up to `SendBatch.maximumDatagram` octets.
    func reserve() -> UnsafeMutablePointer<UInt8> {
        if batch.isFull { flush() }
        return unsafe batch.reserve()
    }

    /// Sends the datagram that was written to the space reserved last.
    func commit(octets: Int, to route: borrowing Route) {
        batch.commit(octets: octets, to: route)
        counters.statistics.datagramsSent &+= 1
        counters.statistics.octetsSent &+= UInt64(octets)
    }

    /// SRTP's packet index (RFC 3711 section 3.3.1) of an extended number that began one cycle up: the roll-over
    /// counter begins at 0.
    static func packetIndex(_ extended: Int64) -> UInt64 { UInt64(bitPattern: extended &- firstIndex) }

    /// The extended number with index 0.
    static let firstIndex: Int64 = 65_536
}
