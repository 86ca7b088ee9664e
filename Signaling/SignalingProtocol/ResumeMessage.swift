/// The first message of a connection that takes up an earlier one's session.
public struct ResumeMessage: Codable, Equatable, Sendable {
    /// The `resumeToken` of `joined`.
    public var resumeToken: String
    /// The `seq` of the last event that came; 0 where none has.
    public var lastSeq: Int

    private enum Key: String, CodingKey { case resumeToken, lastSeq }

    /// A resume with everything it can hold.
    public init(resumeToken: String, lastSeq: Int) {
        self.resumeToken = resumeToken
        self.lastSeq = lastSeq
    }

    /// Reads the fields and holds them against their limits.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        resumeToken = try fields.string(.resumeToken, atMost: ProtocolLimits.identifierSize)
        lastSeq = try fields.count(.lastSeq)
    }
}
