import Primitives
import RTP

/// A track that a peer publishes: its encodings, its gate, and who watches it.
// Safe to use: what `pending` points to lives longer than the turn after which it is emptied.
@safe package final class PublishedTrack {
    package let id: TrackID
    package let kind: MediaKind
    /// Whether `kind` is audio, for the packet's road: comparing an enumeration of another module is a call through a table.
    package let isAudio: Bool
    /// Where the packets come from.
    package let origin: Origin
    package var receive: ReceiveParameters {
        didSet { payloads = receive.payloads.map(ReceivedPayload.init) }
    }
    /// Those of `receive`.
    private var payloads: [ReceivedPayload]
    /// The source that each encoding has now, in the order of the offer, which says nothing of their sizes.
    package private(set) var encodings: [PublishedEncoding]
    /// Whether packets are forwarded: closed until promotion, closed again first thing on demotion.
    package var isOpen: Bool
    /// Whether payloads are encrypted end to end: nothing may depend on what they seem to say.
    package let isOpaque: Bool
    /// Whether a packet came through the gate since it was opened.
    package var hasStarted = false
    /// Whether somebody speaks in it.
    package var speech = SpeechDetector()
    /// Slots that carry this track.
    package var subscribers: [Subscriber] = []
    /// Packets that wait for the fan-out, in the order in which they came.
    package private(set) var pending: [PendingPacket] = unsafe []
    /// How long they wait.
    private var hold = FrameHold()
    /// The encoding that viewers shall get.
    package private(set) var chosenEncoding: EncodingIndex?
    /// Its source; `none` where none is chosen.
    package private(set) var chosenID = EncodingID.none

    package init(
        id: TrackID, origin: Origin, receive: ReceiveParameters, isOpen: Bool, isOpaque: Bool = false,
        encodings: [PublishedEncoding]
    ) {
        self.id = id
        self.origin = origin
        self.receive = receive
        payloads = receive.payloads.map(ReceivedPayload.init)
        self.isOpen = isOpen
        self.isOpaque = isOpaque
        self.encodings = encodings
        kind = receive.kind
        isAudio = receive.kind == .audio
        unsafe pending.reserveCapacity(FrameHold.maximumPackets)
    }

    /// The source that an encoding has now.
    package subscript(index: EncodingIndex) -> PublishedEncoding { encodings[index.rawValue] }

    /// What the publisher sends with a payload type.
    package func payload(ofType payloadType: UInt8) -> ReceivedPayload? {
        for index in payloads.indices where payloads[index].payloadType == payloadType { return payloads[index] }
        return nil
    }

    /// What the publisher sends again with a payload type.
    package func payload(ofRetransmissionType payloadType: UInt8) -> ReceivedPayload? {
        for index in payloads.indices where payloads[index].rtxPayloadType == payloadType { return payloads[index] }
        return nil
    }

    /// Forgets what was sent while the gate was open: which encodings the publisher sends when it comes back, and that
    /// they begin with a keyframe, is not known before their first packets.
    package func close() {
        isOpen = false
        hasStarted = false
        choose(nil)
        removePending()
        for encoding in encodings { encoding.interrupt() }
    }

    /// Has a packet wait for the fan-out.
    ///
    /// - Parameter isLate: the packet fills a gap that viewers wait at.
    /// - Returns: whether it is the only one that waits.
    package func append(_ entry: PendingPacket, isLate: Bool, at now: MonotonicInstant) -> Bool {
        // Packets of other encodings go to nobody, mostly: the picture that viewers get is waited for.
        let isChosen = unsafe chosenID == .none || chosenID == entry.encoding
        let endsPicture = unsafe isChosen && entry.packet.pointee.isMarked
        hold.note(isLast: isAudio || isLate || endsPicture, at: now)
        unsafe pending.append(entry)
        return unsafe pending.count == 1
    }

    /// Until when the packets that wait are to be held; `nil` where they are to leave now.
    package func heldUntil(longest: Duration, now: MonotonicInstant) -> MonotonicInstant? {
        // What nobody watches need not be waited for.
        guard !subscribers.isEmpty else { return nil }
        return hold.deadline(longest: longest, now: now)
    }

    /// Forgets the packets that wait: they have left, or their gate was closed.
    package func removePending() {
        unsafe pending.removeAll(keepingCapacity: true)
        hold.release()
    }

    /// Forgets the packets of a source among those that wait.
    package func removePending(of source: EncodingID) {
        unsafe pending.removeAll { unsafe $0.encoding == source }
    }

    /// Readies the packets that wait for the fan-out: those that the buffer has meanwhile lost are left out, and those of
    /// a picture are padded to one size.
    ///
    /// - Returns: how many were padded.
    package func preparePending() -> UInt64 {
        unsafe pending.removeAll { unsafe $0.packet.pointee.sequence != $0.sequence }
        guard !isAudio, unsafe pending.count > 1, let chosenEncoding else { return 0 }
        var padded: UInt64 = 0
        var largest = 0
        for index in unsafe pending.indices {
            let entry = unsafe pending[index]
            if unsafe entry.encoding == chosenID {
                largest = unsafe max(largest, entry.packet.pointee.payloadCount)
            }
        }
        let buffer = self[chosenEncoding].buffer
        var index = unsafe pending.count - 1
        var isLast = true
        while index >= 0 {
            let entry = unsafe pending[index]
            index -= 1
            guard unsafe entry.encoding == chosenID else { continue }
            // Only the last of a message may be shorter than the others.
            if unsafe !isLast && buffer.pad(entry.packet, to: largest) { padded &+= 1 }
            isLast = false
        }
        return padded
    }

    /// The highest sequence number of the encoding below all that wait for the fan-out.
    package func highestForwarded(of encoding: PublishedEncoding) -> Int64 {
        var highest = encoding.buffer.highest
        for index in unsafe pending.indices {
            let entry = unsafe pending[index]
            if unsafe entry.encoding == encoding.id { highest = unsafe min(highest, entry.sequence - 1) }
        }
        return highest
    }

    /// Chooses the largest encoding that is being sent.
    ///
    /// - Returns: the encoding that viewers now wait for, where the choice has changed.
    package func chooseEncoding(at now: MonotonicInstant) -> PublishedEncoding? {
        if chosenEncoding != nil, encodings.count == 1 { return nil }
        var best = chosenEncoding?.rawValue
        if let chosen = best, hasStopped(chosen, at: now) { best = nil }
        for index in encodings.indices where index != best {
            guard encodings[index].activity.lastPacketAt != nil, !hasStopped(index, at: now) else { continue }
            if let known = best, !encodings[index].isLarger(than: encodings[known]) { continue }
            best = index
        }
        guard let best, best != chosenEncoding?.rawValue else { return nil }
        choose(EncodingIndex(best))
        return encodings[best]
    }

    /// Whether an encoding is no longer sent: it was silent for longer than is usual for it, while another went on.
    private func hasStopped(_ index: Int, at now: MonotonicInstant) -> Bool {
        let activity = encodings[index].activity
        guard activity.isSilent(at: now) else { return false }
        for other in encodings.indices where other != index {
            if encodings[other].activity.hasGoneOn(since: activity.lastPacketAt ?? .zero) { return true }
        }
        return false
    }

    private func choose(_ index: EncodingIndex?) {
        chosenEncoding = index
        chosenID = index.map { self[$0].id } ?? .none
    }

    /// An encoding goes on with another source.
    package func replaceSource(of index: EncodingIndex, with source: PublishedEncoding) {
        encodings[index.rawValue] = source
        if chosenEncoding == index { choose(index) }
    }

    /// A later offer has another encoding.
    package func append(_ encoding: PublishedEncoding) { encodings.append(encoding) }

    /// Whether viewers wait for a keyframe of an encoding that has just been chosen, and none begins in this turn.
    package func needsKeyframe(of encoding: PublishedEncoding) -> Bool {
        guard !isAudio, !subscribers.isEmpty else { return false }
        return unsafe !pending.contains { unsafe $0.encoding == encoding.id && $0.packet.pointee.isKeyframeStart }
    }

    /// The encoding that a keyframe is asked of; `nil` before the first packet, which begins a keyframe or has one asked
    /// for. A request that came earlier would be lost on the publisher, and delay the next.
    package var keyframeEncoding: PublishedEncoding? { chosenEncoding.map { self[$0] } }
}

/// A subscription and the peer that it belongs to, beside each other, so that the fan-out need not read the one's record to find
/// the other's.
package struct Subscriber: Hashable, Sendable {
    package let subscription: SubscriptionIndex
    package let peer: PeerIndex

    package init(subscription: SubscriptionIndex, peer: PeerIndex) {
        self.subscription = subscription
        self.peer = peer
    }
}

/// A packet on its way to the subscribers: it points into the buffer, which holds it longer than it waits, unless its
/// publisher makes numbers leap.
@unsafe package struct PendingPacket {
    package var encoding: EncodingID
    package var packet: UnsafeMutablePointer<StoredPacket>
    package var payload: UnsafeMutablePointer<UInt8>
    /// The packet's, while the buffer has not put another in its place.
    package let sequence: Int64

    package init(
        encoding: EncodingID, packet: UnsafeMutablePointer<StoredPacket>, payload: UnsafeMutablePointer<UInt8>
    ) {
        unsafe sequence = packet.pointee.sequence
        unsafe self.encoding = encoding
        unsafe self.packet = packet
        unsafe self.payload = payload
    }
}
