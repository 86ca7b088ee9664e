import Primitives
import RTP

/// A published track: where it comes from, its encodings, its gate, and who subscribes to it.
package final class PublishedTrack {
    package let id: TrackID
    package let kind: MediaKind
    /// Whether `kind` is audio, for the packet's road: comparing an enumeration of another module is a call through a table.
    package let isAudio: Bool
    /// Where the packets come from.
    package let origin: Origin
    package var receive: ReceiveParameters {
        didSet { payloads = receive.payloads.map(ReceivedPayload.init) }
    }
    /// The payload types of `receive`, as flat data for the packet path.
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
    /// Every subscription to this track, whatever encoding it gets.
    package internal(set) var subscribers: [Subscriber] = []
    /// Its encodings by size; empty before the first packet since the gate was opened.
    package private(set) var ladder = EncodingLadder()
    /// How its encodings' clocks lie to each other.
    package private(set) var timeline = PictureTimeline()
    /// Until when the first choice waits for encodings that have not come yet; `nil` while it does not wait.
    var choiceDue: MonotonicInstant?
    /// Which encodings anybody wants.
    package internal(set) var interest = EncodingInterest()
    /// The bitrate above which its largest encoding is of use to nobody.
    package var limit = EncodingLimit()
    /// When its publisher was asked for a keyframe.
    package var requests = KeyframeRequests()

    /// The sum of the encodings' `LayerStructure.version` when targets were chosen last.
    private var layersVersion: UInt32 = 0

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
    }

    /// The source that an encoding has now.
    package subscript(index: EncodingIndex) -> PublishedEncoding { encodings[index.rawValue] }

    /// Whether a subscription may get another source than its track's only one.
    var hasSeveralSources: Bool { encodings.count > 1 || encodings.first?.predecessor != nil }

    /// Whether it has several encodings that its publisher can be told of by RID.
    package var hasNamedEncodings: Bool { !isAudio && encodings.count > 1 && encodings.allSatisfy { $0.rid != nil } }

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

    /// Closes the gate. Which encodings the publisher sends when it comes back, and that they begin with a keyframe, is not known
    /// before their first packets.
    ///
    /// - Returns: whether the publisher is to be told that all encodings are wanted again, and without a limit.
    func close() -> Bool {
        isOpen = false
        hasStarted = false
        ladder.removeAll()
        timeline.reset()
        choiceDue = nil
        for encoding in encodings {
            encoding.removePending()
            encoding.predecessor?.removePending()
            encoding.interrupt()
        }
        requests.reset()
        let wasLimited = limit.reset()
        return interest.reset() || wasLimited
    }

    /// Whether the layers of an encoding have changed since the last call.
    func takeLayersChange() -> Bool {
        var version: UInt32 = 0
        for encoding in encodings { version &+= encoding.layers.structure.version }
        defer { layersVersion = version }
        return version != layersVersion
    }

    /// Brings the ladder up to date.
    ///
    /// - Returns: whether it has changed.
    func updateLadder(at now: MonotonicInstant) -> Bool {
        ladder.update(encodings, of: interest, at: now) { isFlowing(EncodingIndex($0), at: now) }
    }

    /// Whether an encoding is being sent.
    func isFlowing(_ index: EncodingIndex, at now: MonotonicInstant) -> Bool {
        self[index].activity.lastPacketAt != nil && !hasStopped(index.rawValue, at: now)
    }

    /// Takes note of a packet of video that is newer than all before of its encoding.
    func noteNewest(_ timestamp: UInt32, of encoding: PublishedEncoding, at now: MonotonicInstant) {
        guard !isAudio, encodings.count > 1, let place = encodings.firstIndex(where: { $0 === encoding }) else {
            return
        }
        timeline.note(place, of: encodings, timestamp: timestamp, at: now)
    }

    /// Takes note of a sender report of one of the encodings.
    package func noteReport() {
        guard !isAudio, encodings.count > 1 else { return }
        timeline.noteReport(of: encodings)
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

    /// An encoding goes on with another source.
    func replaceSource(of index: EncodingIndex, with source: PublishedEncoding) {
        encodings[index.rawValue] = source
    }

    /// A later offer has another encoding.
    package func append(_ encoding: PublishedEncoding) { encodings.append(encoding) }

    /// The encoding that has this source now; `nil` where none has.
    package func index(of source: EncodingID) -> EncodingIndex? {
        encodings.firstIndex { $0.id == source }.map(EncodingIndex.init)
    }
}

/// A subscription and where its packets go, beside each other, so that the fan-out need not read the one's record to find the
/// other's.
package struct Subscriber: Hashable, Sendable {
    package let subscription: SubscriptionIndex
    package let sink: Sink

    package init(subscription: SubscriptionIndex, sink: Sink) {
        self.subscription = subscription
        self.sink = sink
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
