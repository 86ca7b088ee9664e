import Primitives
import RTP

/// What a worker knows of one published track; see `TransportSnapshot`.
package struct TrackSnapshot: Equatable, Sendable {
    package var id: TrackID
    package var mid: String
    package var kind: MediaKind
    /// Whether the gate lets packets through.
    package var isOpen: Bool
    /// Whether a packet has come through the gate since it was opened.
    package var hasStarted: Bool
    /// Whether payloads are encrypted end to end.
    package var isOpaque: Bool
    /// Subscriptions to this track, over all encodings.
    package var subscriptions: Int
    /// Packets that are held for the end of their frame.
    package var packetsHeld: Int
    /// In the order of the offer, which says nothing of their sizes.
    package var encodings: [EncodingSnapshot]

    package init(id: TrackID, mid: String, kind: MediaKind, isOpen: Bool) {
        self.id = id
        self.mid = mid
        self.kind = kind
        self.isOpen = isOpen
        hasStarted = false
        isOpaque = false
        subscriptions = 0
        packetsHeld = 0
        encodings = []
    }
}

/// What a worker knows of one encoding of a published track; see `TransportSnapshot`.
package struct EncodingSnapshot: Equatable, Sendable {
    /// The RID of a simulcast layer; `nil` where the track has one encoding.
    package var rid: String?
    /// `nil` before the first packet, where the offer does not tell it.
    package var ssrc: SSRC?
    /// The SSRC of retransmissions, likewise.
    package var rtxSSRC: SSRC?
    /// The size of the newest keyframe that told it.
    package var size: PictureSize?
    /// The rate of payload that comes in; `nil` where it is not measured (audio, tracks of one encoding) or not known yet.
    package var rate: Bitrate?
    /// Time since the last packet of media, whether or not the gate let it through; `nil` before the first.
    package var lastPacketAge: Duration?
    /// Time since the last keyframe began to arrive; `nil` for audio and before the first.
    package var lastKeyframeAge: Duration?
    /// How long a keyframe has been wanted that has not come; `nil` while none is wanted.
    package var keyframeWantedFor: Duration?
    /// Keyframe requests (PLI or FIR) since the last keyframe.
    package var keyframeRequestsUnanswered: Int
    /// Packets of media received, repeated ones included.
    package var packetsReceived: Int64
    /// Packets lost on the way to the server, as a receiver report counts them (RFC 3550 section 6.4.1).
    package var packetsLost: Int64
    /// Packets that are missing now and may still come.
    package var packetsMissing: Int
    /// Subscriptions that show this encoding or are to show it.
    package var subscriptions: Int
    /// Whether anybody wants it, as its publisher was told (`MediaEvent.encodingsWanted`): an unwanted one is silent for good reason.
    package var isWanted: Bool

    package init(rid: String?, ssrc: SSRC?, rtxSSRC: SSRC?) {
        self.rid = rid
        self.ssrc = ssrc
        self.rtxSSRC = rtxSSRC
        size = nil
        rate = nil
        lastPacketAge = nil
        lastKeyframeAge = nil
        keyframeWantedFor = nil
        keyframeRequestsUnanswered = 0
        packetsReceived = 0
        packetsLost = 0
        packetsMissing = 0
        subscriptions = 0
        isWanted = true
    }
}
