import CongestionControl
import DatagramIO
import Forwarding
import MediaControl
import Primitives
import RTP
import SRTP
import Transport

// Packets that are sent one at a time. Batches have a faster way, which writes the same octets: see `Egress+Batch`.
extension Egress: PacketOutput {
    /// What a packet's payload is: in the space behind the header, or wherever it is shared.
    @unsafe struct Payload {
        var start: UnsafePointer<UInt8>
        var count: Int
    }

    /// Sends one packet of media with its new numbers.
    private func send(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
        through subscription: UnsafeMutablePointer<Subscription>, to peer: UnsafeMutablePointer<PeerEgress>
    ) {
        let packet = unsafe entry.packet
        let fields = unsafe HeaderLayout.Fields(
            payloadType: subscription.pointee.payloadType, isMarked: packet.pointee.isMarked,
            isPadded: packet.pointee.paddingCount != 0, sequence: UInt16(truncatingIfNeeded: numbers.sequence),
            timestamp: numbers.timestamp, ssrc: subscription.pointee.ssrc, csrc: subscription.pointee.csrc,
            transportSequence: 0, audioLevel: packet.pointee.audioLevel,
            videoOrientation: packet.pointee.videoOrientation)
        let octets = unsafe send(
            fields, number: numbers.sequence, kind: PacketKind(subscription.pointee.kind), through: subscription,
            to: peer
        ) { destination in
            var payload = unsafe entry.payload
            var count = unsafe packet.pointee.payloadCount + packet.pointee.paddingCount
            if unsafe packet.pointee.redundancy.primaryOffset != 0 {
                switch unsafe subscription.pointee.redundancy {
                case .asItIs: break
                case .unwrap:
                    let offset = unsafe Int(packet.pointee.redundancy.primaryOffset)
                    unsafe payload += offset
                    count -= offset
                case .renumber(let payloadType):
                    unsafe destination.update(from: payload, count: count)
                    unsafe payload = destination
                    unsafe packet.pointee.redundancy.renumber(payload, payloadType: payloadType)
                }
            }
            if let segment = unsafe subscription.pointee.rewriter.current,
                unsafe packet.pointee.picture.needsPatch(segment.pictures)
            {
                // The shared plaintext stays as it is: the copy is patched, and sealed in place.
                if unsafe payload != destination { unsafe destination.update(from: payload, count: count) }
                unsafe payload = destination
                unsafe packet.pointee.picture.patch(payload, for: segment.pictures)
            }
            return unsafe Payload(start: payload, count: count)
        }
        if octets > 0 { counters.statistics.packetsForwarded &+= 1 }
    }

    func chunk(for sink: Sink) -> Int {
        switch sink {
        case .peer(let index, _): unsafe peers[index].pointee.pacing.chunk(now: now)
        }
    }

    func runOctets(for sink: Sink, isPatient: Bool) -> Int {
        let time = isPatient ? PacingBudget.patientTime : PacingBudget.promptTime
        return switch sink {
        case .peer(let index, _): unsafe peers[index].pointee.pacing.runOctets(within: time, now: now)
        }
    }

    func begin(runOctets octets: Int, for sink: Sink) {
        switch sink {
        case .peer(let index, _): unsafe peers[index].pointee.pacing.begin(runOctets: octets, now: now)
        }
    }

    func isOpen(_ sink: Sink) -> Bool {
        switch sink {
        case .peer(let index, _): unsafe peers[index].pointee.isOpen
        }
    }

    /// Sends one packet of media to wherever the subscription goes.
    func send(
        _ entry: PendingPacket, as numbers: StreamRewriter.Numbers,
        through subscription: UnsafeMutablePointer<Subscription>
    ) {
        switch unsafe subscription.pointee.sink {
        case .peer(let index, _): unsafe send(entry, as: numbers, through: subscription, to: peers[index])
        }
    }

    /// Sends a packet again as RTX (RFC 4588 section 4).
    ///
    /// - Parameters:
    ///   - packet: of the publisher, and where its payload is.
    ///   - sequence: the number that the viewer knows it by.
    ///   - segment: how it was renumbered then.
    ///   - kind: why it is sent again, and in which probe cluster.
    /// - Returns: octets of the datagram; 0 where it could not be sent.
    @discardableResult
    func resend(
        _ packet: UnsafeMutablePointer<StoredPacket>, _ shared: UnsafePointer<UInt8>, as sequence: UInt16,
        of segment: StreamRewriter.Segment, kind: PacketKind = .retransmission, cluster: UInt8 = 0,
        through subscription: UnsafeMutablePointer<Subscription>, to peer: UnsafeMutablePointer<PeerEgress>
    ) -> Int {
        let number = unsafe subscription.pointee.takeRTXSequence()
        let fields = unsafe HeaderLayout.Fields(
            payloadType: subscription.pointee.rtxPayloadType, isMarked: packet.pointee.isMarked,
            sequence: UInt16(truncatingIfNeeded: number), timestamp: segment.timestamp(of: packet.pointee),
            ssrc: subscription.pointee.rtxSSRC, csrc: subscription.pointee.csrc, transportSequence: 0,
            audioLevel: packet.pointee.audioLevel, videoOrientation: packet.pointee.videoOrientation)
        let octets = unsafe send(
            fields, number: number, kind: kind, cluster: cluster, through: subscription, to: peer
        ) { destination in
            unsafe destination[0] = UInt8(truncatingIfNeeded: sequence &>> 8)
            unsafe destination[1] = UInt8(truncatingIfNeeded: sequence)
            let count = unsafe packet.pointee.payloadCount
            let copy = unsafe destination + RTXPayload.headerCount
            unsafe copy.update(from: shared, count: count)
            unsafe packet.pointee.picture.patch(copy, for: segment.pictures)
            return unsafe Payload(start: destination, count: count + RTXPayload.headerCount)
        }
        if octets > 0, kind == .retransmission { counters.statistics.packetsRetransmitted &+= 1 }
        return octets
    }

    /// Octets of a padding packet's payload: the most that its last octet can tell (RFC 3550 section 5.1).
    private static let paddingOctets = 255

    /// Sends a packet of padding alone in the RTX stream, as browsers do to probe.
    ///
    /// - Returns: octets of the datagram; 0 where it could not be sent.
    func sendPadding(
        _ payloadType: UInt8, kind: PacketKind, cluster: UInt8,
        through subscription: UnsafeMutablePointer<Subscription>,
        to peer: UnsafeMutablePointer<PeerEgress>
    ) -> Int {
        let number = unsafe subscription.pointee.takeRTXSequence()
        let fields = unsafe HeaderLayout.Fields(
            payloadType: payloadType, isMarked: false, isPadded: true,
            sequence: UInt16(truncatingIfNeeded: number),
            timestamp: subscription.pointee.rewriter.last?.timestamp ?? 0,
            ssrc: subscription.pointee.rtxSSRC, csrc: subscription.pointee.csrc, transportSequence: 0)
        return unsafe send(
            fields, number: number, kind: kind, cluster: cluster, through: subscription, to: peer
        ) { destination in
            unsafe destination.update(repeating: 0, count: Self.paddingOctets)
            unsafe destination[Self.paddingOctets - 1] = UInt8(Self.paddingOctets)
            return unsafe Payload(start: destination, count: Self.paddingOctets)
        }
    }

    /// Writes the header, takes the transport-wide number, seals, commits and notes one packet.
    ///
    /// - Parameters:
    ///   - fields: its transport-wide number is filled in here.
    ///   - number: the packet's extended sequence number, whose index it is sealed with.
    ///   - payload: called with the space behind the header.
    /// - Returns: octets of the datagram; 0 where it could not be sent, which is counted.
    private func send(
        _ fields: HeaderLayout.Fields, number: Int64, kind: PacketKind, cluster: UInt8 = 0,
        through subscription: UnsafeMutablePointer<Subscription>, to peer: UnsafeMutablePointer<PeerEgress>,
        payload: (UnsafeMutablePointer<UInt8>) -> Payload
    ) -> Int {
        guard unsafe peer.pointee.isOpen, let key = unsafe peer.pointee.key else {
            counters.drops.count(.senderClosed)
            unsafe peer.pointee.dropClosed()
            return 0
        }
        let destination = unsafe reserve()
        let hasNumber = unsafe subscription.pointee.header.hasTransportSequence
        let transportSequence = unsafe hasNumber ? peer.pointee.takeTransportSequence() : 0
        var fields = fields
        fields.transportSequence = UInt16(truncatingIfNeeded: transportSequence)
        let headerCount = unsafe subscription.pointee.header.write(fields, to: destination)
        let payload = unsafe payload(destination + headerCount)
        guard
            let total = unsafe engine.seal(
                key, index: Self.packetIndex(number), ssrc: fields.ssrc, packet: destination,
                headerCount: headerCount, payload: payload.start, payloadCount: payload.count)
        else {
            counters.drops.count(.sendFailed)
            unsafe peer.pointee.dropFailed()
            return 0
        }
        unsafe commit(octets: total, to: peer.pointee.route)
        if hasNumber {
            let stamp = SendHistoryReference.stamp(batch: times.current, kind: kind, cluster: cluster)
            unsafe peer.pointee.history?.note(transportSequence, octets: total, stamp: stamp)
        }
        unsafe peer.pointee.noteSent(octets: total, now: now)
        return total
    }
}
