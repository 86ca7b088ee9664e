import MediaControl

/// An event for one participant.
package enum RoomEvent: Hashable, Sendable {
    /// These slots of the participant changed; each entry replaces what was known of its mid.
    case slots([SlotInfo])
    /// The stage changed.
    case stage(StageDelta)
    /// The participant's own standing changed.
    case stageState(StageStanding, cause: StageCause, version: UInt64)
    /// How many participants are not on stage; at most once per `RoomsConfiguration.audienceInterval`.
    case audience(count: Int)
    /// The participant's own role and permissions changed.
    case permissions(Role, Permissions)
    /// A moderator muted the participant's source; forwarding has stopped until the participant unmutes.
    case muteRequested(TrackSource)
    /// A viewer takes no format in which the participant sends this source; told once of each source.
    case undecodable(TrackSource)
    /// Which encodings of the participant's source anybody wants, and up to which bitrate: all that the worker named. More need not be sent.
    case encodings(TrackSource, [EncodingDemand])
    /// Whether a viewer needs the participant's source in the codec of its second section: the same track, sent there too.
    case secondCodec(TrackSource, isWanted: Bool)
    /// Who speaks, the loudest first; empty where nobody does.
    case speakers([Speaker])
    /// What the path to the participant carries, and which layers its slots get; at most once a second.
    case quality(ViewQuality)
    /// The room was locked or opened again, hosts came or went.
    case room(RoomStatus)
    /// The participant's ICE and DTLS are through.
    case transportConnected
    /// The server will end within this time.
    case draining(within: Duration)
    /// The participant is no longer in the room; the last event.
    case closed(CloseReason)
}
