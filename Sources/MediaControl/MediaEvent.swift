import Primitives
import RTP

/// Why a worker closed a transport by itself.
package enum TransportCloseReason: String, Sendable, CaseIterable {
    /// No valid check came within the time that a connection may take.
    case connectTimeout
    /// The peer went silent (RFC 7675 section 5.1).
    case consentExpired
    /// The DTLS handshake failed or took too long.
    case handshakeFailed
    /// The peer's certificate is not the one that its offer named (RFC 8122 section 6.2).
    case fingerprintMismatch
    /// The peer closed its DTLS session.
    case closedByPeer
}

/// Whether a viewer's slot shows its track.
package enum SlotState: String, Sendable, CaseIterable {
    /// The slot carries nothing.
    case empty
    /// The track is forwarded as it comes.
    case playing
    /// Nothing is sent, because the path to the viewer carries too little.
    case pausedForBandwidth
    /// The viewer negotiated no payload type that fits the track's codec.
    case cannotDecode
}

/// What a worker tells the control plane.
package enum MediaEvent: Sendable {
    /// ICE and DTLS are through: media can flow.
    case transportConnected(TransportID)
    /// The worker has closed and forgotten the transport; the control plane need not close it again.
    case transportClosed(TransportID, TransportCloseReason)
    /// Nothing authentic has come from the peer for a while, or something has again: no check of ICE, no RTP, no RTCP.
    case transportSilent(TransportID, Bool)
    /// The first packet of the track came through an open gate (again, after it was closed or silent).
    case trackStarted(TrackID)
    /// The state of a slot changed other than by `fillSlot` being carried out as asked.
    ///
    /// It names the track that it is said of: the slot may have been filled anew meanwhile.
    case slotChanged(TransportID, slot: Int, TrackID, SlotState)
    /// In these tracks somebody began or ceased to speak, or speaks much louder or lower; at most every 200 ms.
    case speakers([TrackSpeech])
    /// Which encodings of a track anybody wants now: all of the track's, in the order of the offer. Sent when that changes: off only
    /// after 5 s without interest, on at once; the limit of the largest one by the room of its viewers (`EncodingLimit`). Never sent for a track with one encoding.
    case encodingsWanted(TrackID, [EncodingDemand])
    /// What the path to a viewer carries, or what its slots get of it, has changed noticeably: at most once a second per viewer. Only
    /// of viewers whose path is estimated, from the first measurement on.
    case quality(TransportID, PathQuality)
    /// A keyframe that viewers wait for was asked for `requests` times in the time `waited`, and none came: 5 s after it was
    /// wanted, and then every 60 s for one encoding. `rid` is that of the encoding, `nil` without simulcast.
    case keyframeMissing(TrackID, rid: String?, waited: Duration, requests: Int)
    /// Counters since the worker's start, about once a second.
    case statistics(WorkerStatistics)
}
