/// Why a request was refused, as `error` messages name it. Open: later servers may send more.
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
    /// The token's time is over.
    public static let tokenExpired = ErrorCode("tokenExpired")
    /// The server takes nobody without a token.
    public static let tokenRequired = ErrorCode("tokenRequired")
    /// The permission is missing.
    public static let forbidden = ErrorCode("forbidden")
    /// The offer cannot be answered.
    public static let badOffer = ErrorCode("badOffer")
    /// The room does not exist and is not made on demand.
    public static let noSuchRoom = ErrorCode("noSuchRoom")
    /// The room has as many participants as it takes.
    public static let roomFull = ErrorCode("roomFull")
    /// A host has locked the room.
    public static let roomLocked = ErrorCode("roomLocked")
    /// The room's payloads are encrypted end to end and the join says they are not, or the other way round.
    public static let encryptionDiffers = ErrorCode("encryptionDiffers")
    /// The room has ended.
    public static let roomEnded = ErrorCode("roomEnded")
    /// Nobody in the room has this identifier.
    public static let noSuchParticipant = ErrorCode("noSuchParticipant")
    /// The participant's connection is gone; it may come back within `signalingGrace`.
    public static let participantAway = ErrorCode("participantAway")
    /// A moderator removed this identity; it stays out until its token expires.
    public static let removed = ErrorCode("removed")
    /// On a development server somebody else is the room's host already.
    public static let hostTaken = ErrorCode("hostTaken")
    /// As many screens are shared as the room takes.
    public static let screenTaken = ErrorCode("screenTaken")
    /// It is no invitation of this server.
    public static let badInvitation = ErrorCode("badInvitation")
    /// The invitation's time is over.
    public static let invitationExpired = ErrorCode("invitationExpired")
    /// A moderator ended the invitation, and with it the tokens that came of it.
    public static let invitationRevoked = ErrorCode("invitationRevoked")
    /// The invitation let in as many people as it may.
    public static let invitationUsedUp = ErrorCode("invitationUsedUp")
    /// The room has no invitation with this id.
    public static let noSuchInvitation = ErrorCode("noSuchInvitation")
    /// More come at once than the server lets in; the same may work in a moment.
    public static let tooManyRequests = ErrorCode("tooManyRequests")
    /// The room has as many invitations as it takes.
    public static let tooManyInvitations = ErrorCode("tooManyInvitations")
    /// No track on stage has this identifier.
    public static let noSuchTrack = ErrorCode("noSuchTrack")
    /// The client has no slot with this mid.
    public static let noSuchSlot = ErrorCode("noSuchSlot")
    /// The offer had no section for this source, or it is not published.
    public static let noSuchSource = ErrorCode("noSuchSource")
    /// The stage has as many members as it takes.
    public static let stageFull = ErrorCode("stageFull")
    /// The state is no longer the one that the request is about.
    public static let conflict = ErrorCode("conflict")
    /// As many hands are raised as the room takes.
    public static let queueFull = ErrorCode("queueFull")
    /// The server has as many rooms as it takes.
    public static let serverFull = ErrorCode("serverFull")
    /// The server takes no new participants because it is about to end.
    public static let draining = ErrorCode("draining")
    /// The server failed.
    public static let `internal` = ErrorCode("internal")
}
