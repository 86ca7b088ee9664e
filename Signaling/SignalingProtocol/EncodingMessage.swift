/// Whether an encoding of a publisher's source is wanted.
public struct EncodingMessage: Codable, Equatable, Sendable {
    /// The encoding's RID (RFC 8851).
    public var rid: String
    /// Whether anybody wants it; if not, it need not be sent.
    public var active: Bool
    /// The bitrate in bits per second above which the encoding is of use to no viewer; `nil` for no limit.
    public var maxBitrate: Int?

    /// An encoding and whether it is wanted.
    public init(rid: String, active: Bool, maxBitrate: Int? = nil) {
        self.rid = rid
        self.maxBitrate = maxBitrate
        self.active = active
    }
}
