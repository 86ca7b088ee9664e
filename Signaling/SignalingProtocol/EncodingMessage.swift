/// Whether an encoding of a publisher's source is wanted.
public struct EncodingMessage: Codable, Equatable, Sendable {
    /// The encoding's RID (RFC 8851).
    public var rid: String
    /// Whether anybody wants it; if not, it need not be sent.
    public var active: Bool

    /// An encoding and whether it is wanted.
    public init(rid: String, active: Bool) {
        self.rid = rid
        self.active = active
    }
}
