import Primitives

/// Whether anybody wants an encoding of a published track, and how much of it is of use; see `MediaEvent.encodingsWanted`.
package struct EncodingDemand: Hashable, Sendable {
    /// The encoding's RID (RFC 8851).
    package var rid: String
    package var isWanted: Bool
    /// The bitrate of payload above which the encoding is of use to no viewer; `nil` for no limit.
    package var maxBitrate: Bitrate?

    package init(rid: String, isWanted: Bool, maxBitrate: Bitrate? = nil) {
        self.rid = rid
        self.maxBitrate = maxBitrate
        self.isWanted = isWanted
    }
}
