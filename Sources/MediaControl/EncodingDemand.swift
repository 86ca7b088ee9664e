/// Whether anybody wants an encoding of a published track; see `MediaEvent.encodingsWanted`.
package struct EncodingDemand: Hashable, Sendable {
    /// The encoding's RID (RFC 8851).
    package var rid: String
    package var isWanted: Bool

    package init(rid: String, isWanted: Bool) {
        self.rid = rid
        self.isWanted = isWanted
    }
}
