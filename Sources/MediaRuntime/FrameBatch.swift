import DatagramIO
import Forwarding
import Primitives
import RTP
import SRTP
import Transport

/// One packet of a batch, in the few words that sealing it for a slot takes.
@unsafe struct BatchPacket {
    let payload: UnsafeMutablePointer<UInt8>
    /// Octets of payload, padding included.
    let count: Int
    /// The publisher's, extended, or the lane's.
    let sequence: Int64
    /// Whether padding follows, and the marker, where the header's first eight octets have them, as a big-endian number.
    let bits: UInt64
    /// The publisher's.
    let timestamp: UInt32
    /// Its place among the packets of the batch.
    let place: UInt32
    /// Of the header extension element with one octet; meaningless unless `hasOctet`.
    let octet: UInt8
    let hasOctet: Bool
    let picture: PictureNumbers

    init(_ entry: PendingPacket, kind: MediaKind, place: Int) {
        unsafe self.place = UInt32(truncatingIfNeeded: place)
        unsafe payload = entry.payload
        unsafe count = entry.packet.pointee.payloadCount + entry.packet.pointee.paddingCount
        unsafe sequence = entry.packet.pointee.number
        unsafe bits =
            (entry.packet.pointee.paddingCount != 0 ? HeaderTemplate.paddingBit : 0)
            | (entry.packet.pointee.isMarked ? HeaderTemplate.markerBit : 0)
        unsafe timestamp = entry.packet.pointee.timestamp
        let octet =
            switch kind {
            case .audio: unsafe entry.packet.pointee.audioLevel
            case .video: unsafe entry.packet.pointee.videoOrientation
            }
        unsafe self.octet = octet ?? 0
        unsafe hasOctet = octet != nil
        unsafe picture = entry.packet.pointee.picture
    }
}

/// Packets of a batch that leave for every slot in one message of the kernel's: of one size but for the last, which may be
/// smaller.
struct BatchMessage {
    let first: Int
    private(set) var count: Int
    /// Octets of payload of the first packet and of all together.
    let segment: Int
    private(set) var octets: Int

    /// Octets that a header and the protection add at most: 32 and 16.
    static let overhead = 48

    /// Octets of the message at most.
    var capacity: Int { octets &+ count &* Self.overhead }

    init(first: Int, octets: Int) {
        self.first = first
        count = 1
        segment = octets
        self.octets = octets
    }

    /// Takes the next packet in.
    ///
    /// - Parameter last: octets of payload of the packet that was taken last.
    /// - Returns: `false`, with nothing changed, where it must begin a message of its own.
    mutating func join(octets: Int, after last: Int) -> Bool {
        guard last == segment, octets <= segment, count < SendBatch.maximumSegments,
            self.octets + octets + (count + 1) * Self.overhead <= SendBatch.maximumMessage
        else { return false }
        count += 1
        self.octets += octets
        return true
    }
}

/// The packets that are being forwarded, one encoding's of one turn, prepared once for all slots. Memory is used again from
/// batch to batch.
// Safe to use: what the packets point to lies in the track's buffer, which `fill`'s caller forwards before anything is added.
@safe struct FrameBatch {
    /// What the fan-out reads; valid during `withContent`.
    @unsafe struct Content {
        let summary: UnsafePointer<BatchSummary>
        let packets: UnsafeBufferPointer<BatchPacket>
        let messages: UnsafeBufferPointer<BatchMessage>
        /// What seals the packets in a loop; `nil` where the engine is to be asked for each.
        let sealer: GCMSealer?
        /// The publisher's numbers of the first and the last packet.
        let firstSequence: Int64
        let lastSequence: Int64
        /// What they are, as a `SendHistory` notes it: see `SendHistoryReference.stamp`.
        let kind: UInt64

        /// The first packet of one of `messages`.
        func packets(of message: BatchMessage) -> UnsafePointer<BatchPacket> {
            unsafe packets.baseAddress.unsafelyUnwrapped + message.first
        }
    }

    private var summary: BatchSummary?
    private var packets: [BatchPacket] = unsafe []
    private var messages: [BatchMessage] = []
    private var largestPayload = 0
    private var kind: UInt64 = 0

    init() {
        unsafe packets.reserveCapacity(FrameHold.maximumPackets)
        messages.reserveCapacity(FrameHold.maximumPackets)
    }

    mutating func removeAll() {
        summary = nil
        unsafe packets.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        largestPayload = 0
    }

    /// Takes the packets of an encoding that wait.
    ///
    /// - Parameter joinsDatagrams: whether several packets may make up a message.
    mutating func fill(
        from pending: UnsafeBufferPointer<PendingPacket>, of summary: BatchSummary, kind: MediaKind,
        joinsDatagrams: Bool
    ) {
        removeAll()
        self.summary = summary
        self.kind = SendHistoryReference.stamp(batch: 0, kind: PacketKind(kind))
        var last = 0
        for index in pending.indices {
            let packet = unsafe BatchPacket(pending[index], kind: kind, place: packets.count)
            let octets = unsafe packet.count
            let hasJoined =
                joinsDatagrams && !messages.isEmpty && messages[messages.count - 1].join(octets: octets, after: last)
            if !hasJoined { messages.append(unsafe BatchMessage(first: packets.count, octets: octets)) }
            unsafe packets.append(packet)
            largestPayload = max(largestPayload, octets)
            last = octets
        }
    }

    /// Calls `body` with the batch, or with `nil` where there is none.
    ///
    /// - Parameter sealer: the engine's.
    func withContent(sealedBy sealer: GCMSealer?, _ body: (UnsafePointer<Content>?) -> Void) {
        guard let summary, let first = unsafe packets.first, let last = unsafe packets.last else {
            return body(nil)
        }
        unsafe packets.withUnsafeBufferPointer { packets in
            unsafe messages.withUnsafeBufferPointer { messages in
                unsafe withUnsafePointer(to: summary) { summary in
                    let content = unsafe Content(
                        summary: summary, packets: packets, messages: messages,
                        sealer: largestPayload <= GCMSealer.largestPayload ? sealer : nil,
                        firstSequence: first.sequence, lastSequence: last.sequence, kind: kind)
                    unsafe withUnsafePointer(to: content) { unsafe body($0) }
                }
            }
        }
    }
}

extension PacketKind {
    init(_ kind: MediaKind) {
        switch kind {
        case .audio: self = .audio
        case .video: self = .video
        }
    }
}
