/// The reply to a request.
public enum ServerReply: Equatable, Sendable {
    case joined(JoinedMessage)
    /// The session goes on; as many events follow as the client has missed.
    case resumed(missed: Int)
    case answer(AnswerMessage)
    case ok
    /// A new invitation and its token.
    case invitation(InvitationInfo, token: String)
    case invitations([InvitationInfo])
    case error(code: ErrorCode, message: String)
}

/// The reply to `offer`.
public struct AnswerMessage: Codable, Equatable, Sendable {
    /// The SDP of the answer.
    public var answer: String
    /// Every slot of the offer.
    public var slots: [SlotMessage]

    /// The reply to `offer`.
    public init(answer: String, slots: [SlotMessage]) {
        self.answer = answer
        self.slots = slots
    }
}
