/// Status codes of WebSocket close frames (RFC 6455 section 7.4) as this protocol uses them.
public enum CloseCode: UInt16, Sendable, CaseIterable {
    /// The client sent `leave`.
    case normal = 1000
    /// The server shuts down.
    case goingAway = 1001
    /// A frame that violates RFC 6455.
    case protocolError = 1002
    /// A binary message.
    case unacceptableData = 1003
    /// A text message that is not UTF-8.
    case notUTF8 = 1007
    /// The rate of messages or octets was exceeded.
    case policyViolation = 1008
    /// A message larger than `ProtocolLimits.messageSize`.
    case messageTooBig = 1009
    /// The server failed.
    case internalError = 1011
    /// The room ended.
    case roomEnded = 4000
    /// A host removed the participant.
    case removed = 4001
    /// The same identity joined again.
    case replaced = 4002
    /// The media connection failed or fell silent.
    case mediaLost = 4003
    /// `join` was refused; an `error` came before.
    case joinRefused = 4004
    /// No `join` came within the time limit.
    case joinTimeout = 4005
    /// Nothing came, not even an answer to a ping.
    case silent = 4006
    /// The client does not read its messages.
    case slowReader = 4007
    /// The client has resumed its session on another connection.
    case resumedElsewhere = 4008
}
