/// Why a request was refused, in `error` messages. The set is open: later servers may send more codes.
public struct ErrorCode: RawRepresentable, Codable, Hashable, Sendable {
    /// The name on the wire.
    public let rawValue: String
    /// The code with this name on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }
    private init(_ rawValue: String) { self.rawValue = rawValue }

    /// Not JSON, not an object, or a field that is missing or of the wrong kind.
    public static let badMessage = ErrorCode("badMessage")
    /// Nested deeper than `ProtocolLimits.depth`.
    public static let tooDeep = ErrorCode("tooDeep")
    /// A field is longer or a list has more entries than its limit.
    public static let limitExceeded = ErrorCode("limitExceeded")
    /// No such message.
    public static let unknownType = ErrorCode("unknownType")
    /// Only `join`, `ping` and `telemetry` come before the join.
    public static let notJoined = ErrorCode("notJoined")
    /// A second `join` on one connection.
    public static let alreadyJoined = ErrorCode("alreadyJoined")
    /// The token does not verify.
    public static let badToken = ErrorCode("badToken")
    /// The token has expired.
    public static let tokenExpired = ErrorCode("tokenExpired")
    /// The server requires a token.
    public static let tokenRequired = ErrorCode("tokenRequired")
    /// The permission is missing.
    public static let forbidden = ErrorCode("forbidden")
    /// The offer cannot be answered.
    public static let badOffer = ErrorCode("badOffer")
    /// The room does not exist and is not made on demand.
    public static let noSuchRoom = ErrorCode("noSuchRoom")
    /// The limit of participants is reached.
    public static let roomFull = ErrorCode("roomFull")
    /// A host has locked the room.
    public static let roomLocked = ErrorCode("roomLocked")
    /// The join's `encrypted` differs from the room's.
    public static let encryptionDiffers = ErrorCode("encryptionDiffers")
    /// The room has ended.
    public static let roomEnded = ErrorCode("roomEnded")
    /// Nobody in the room has this identifier.
    public static let noSuchParticipant = ErrorCode("noSuchParticipant")
    /// The participant's connection is gone; it may come back within `resumeWindow`.
    public static let participantAway = ErrorCode("participantAway")
    /// A moderator removed this identity; it is refused until its token expires.
    public static let removed = ErrorCode("removed")
    /// Development mode: the room already has a host.
    public static let hostTaken = ErrorCode("hostTaken")
    /// The limit of shared screens is reached.
    public static let screenTaken = ErrorCode("screenTaken")
    /// The text is no invitation of this server.
    public static let badInvitation = ErrorCode("badInvitation")
    /// The invitation has expired.
    public static let invitationExpired = ErrorCode("invitationExpired")
    /// A moderator revoked the invitation and the tokens obtained with it.
    public static let invitationRevoked = ErrorCode("invitationRevoked")
    /// The invitation has reached its number of uses.
    public static let invitationUsedUp = ErrorCode("invitationUsedUp")
    /// The room has no invitation with this id.
    public static let noSuchInvitation = ErrorCode("noSuchInvitation")
    /// The rate of exchanges is exceeded; a later attempt may succeed.
    public static let tooManyRequests = ErrorCode("tooManyRequests")
    /// The limit of invitations is reached.
    public static let tooManyInvitations = ErrorCode("tooManyInvitations")
    /// There is no session that this token could resume, or not any more.
    public static let resumeExpired = ErrorCode("resumeExpired")
    /// Events that the client has missed are no longer kept.
    public static let resumeIncomplete = ErrorCode("resumeIncomplete")
    /// The same identity has joined again; the session that shall be resumed is over.
    public static let replaced = ErrorCode("replaced")
    /// The media connection ended while the signaling was lost.
    public static let mediaLost = ErrorCode("mediaLost")
    /// No track on stage has this identifier.
    public static let noSuchTrack = ErrorCode("noSuchTrack")
    /// The client has no slot with this mid.
    public static let noSuchSlot = ErrorCode("noSuchSlot")
    /// The offer had no section for this source, or it is not published.
    public static let noSuchSource = ErrorCode("noSuchSource")
    /// The limit of stage members is reached.
    public static let stageFull = ErrorCode("stageFull")
    /// The participant's state has changed since the decision.
    public static let conflict = ErrorCode("conflict")
    /// The limit of raised hands, or of open invitations to the stage, is reached.
    public static let queueFull = ErrorCode("queueFull")
    /// The limit of rooms or of waiting joins is reached.
    public static let serverFull = ErrorCode("serverFull")
    /// The server accepts no joins because it is shutting down.
    public static let draining = ErrorCode("draining")
    /// The server failed.
    public static let `internal` = ErrorCode("internal")
}
