import Primitives
import RTP

/// A track that a peer publishes: its encodings, its gate, and who watches it.
// Safe to use: what `pending` points to lives longer than the turn after which it is emptied.
@safe package final class PublishedTrack {
    package let id: TrackID
    package let kind: MediaKind
    /// The publisher's transport, by its index in the worker.
    package let transport: Int
    package var receive: ReceiveParameters
    /// From the smallest to the largest.
    package let encodings: [PublishedEncoding]
    /// Whether packets are forwarded: closed until promotion, closed again first thing on demotion.
    package var isOpen: Bool
    /// Whether payloads are encrypted end to end: nothing may depend on what they seem to say.
    package let isOpaque: Bool
    /// Whether a packet came through the gate since it was opened.
    package var hasStarted = false
    /// Whether somebody speaks in it.
    package var speech = SpeechDetector()
    /// Slots that carry this track, by their index in the worker.
    package var subscribers: [Int] = []
    /// Packets of this turn that wait for the fan-out, oldest first.
    package var pending: [PendingPacket] = unsafe []
    /// The encoding that viewers shall get, an index into `encodings`.
    package private(set) var chosenEncoding: Int?

    package init(
        id: TrackID, transport: Int, receive: ReceiveParameters, isOpen: Bool, isOpaque: Bool = false,
        encodings: [PublishedEncoding]
    ) {
        self.id = id
        self.transport = transport
        self.receive = receive
        self.isOpen = isOpen
        self.isOpaque = isOpaque
        self.encodings = encodings
        kind = receive.kind
        unsafe pending.reserveCapacity(64)
    }

    /// Forgets what was sent while the gate was open: which encodings the publisher sends when it comes back, and that
    /// they begin with a keyframe, is not known before their first packets.
    package func close() {
        isOpen = false
        hasStarted = false
        chosenEncoding = nil
        unsafe pending.removeAll(keepingCapacity: true)
        for encoding in encodings { encoding.interrupt() }
    }

    /// Chooses the largest encoding that is being sent.
    ///
    /// - Returns: the encoding that viewers now wait for, where the choice has changed.
    package func chooseEncoding(at now: MonotonicInstant) -> PublishedEncoding? {
        var best: Int?
        var index = encodings.count
        while index > 0 {
            index -= 1
            if encodings[index].isActive(at: now) {
                best = index
                break
            }
        }
        guard let best, best != chosenEncoding else { return nil }
        chosenEncoding = best
        return encodings[best]
    }

    /// Whether viewers wait for a keyframe of an encoding that has just been chosen, and none begins in this turn.
    package func needsKeyframe(of encoding: PublishedEncoding) -> Bool {
        guard kind == .video, !subscribers.isEmpty else { return false }
        return unsafe !pending.contains { unsafe $0.number == encoding.number && $0.packet.pointee.isKeyframeStart }
    }

    /// The encoding that a keyframe is asked of; `nil` before the first packet, which begins a keyframe or has one asked
    /// for. A request that came earlier would be lost on the publisher, and delay the next.
    package var keyframeEncoding: PublishedEncoding? { chosenEncoding.map { encodings[$0] } }
}

/// A packet of this turn on its way to the subscribers: it points into the buffer, which holds it longer than a turn.
@unsafe package struct PendingPacket {
    /// An index into the track's encodings.
    package var encoding: Int
    /// The encoding's number in the worker.
    package var number: Int
    package var packet: UnsafeMutablePointer<StoredPacket>
    package var payload: UnsafeMutablePointer<UInt8>

    package init(
        encoding: Int, number: Int, packet: UnsafeMutablePointer<StoredPacket>, payload: UnsafeMutablePointer<UInt8>
    ) {
        unsafe self.encoding = encoding
        unsafe self.number = number
        unsafe self.packet = packet
        unsafe self.payload = payload
    }
}
