/// The reply to a request.
public enum ServerReply: Equatable, Sendable {
    case joined(Joined)
    case answer(Answer)
    case ok
    /// A new invitation and its token.
    case invitation(InvitationInfo, token: String)
    case invitations([InvitationInfo])
    case error(code: ErrorCode, message: String)
}

/// The reply to `offer`.
public struct Answer: Codable, Equatable, Sendable {
    /// The SDP of the answer.
    public var answer: String
    /// Every slot of the offer.
    public var slots: [SlotInfo]

    /// The reply to `offer`.
    public init(answer: String, slots: [SlotInfo]) {
        self.answer = answer
        self.slots = slots
    }
}
