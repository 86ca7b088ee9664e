/// The parameters of an AV1 payload type (RTP Payload Format For AV1, section 7.2).
package struct AV1Format: Hashable, Sendable {
    /// 0 Main, 1 High, 2 Professional.
    package var profile: Int
    /// The highest level: 5 is level 3.1, 31 has no limit.
    package var level: Int
    /// 0 Main, 1 High.
    package var tier: Int

    /// Reads `profile`, `level-idx` and `tier`; `nil` if a value is malformed.
    package init?(_ parameters: [String: String]) {
        guard let profile = CodecFormat.number(parameters["profile"], default: 0, in: 0...2),
            let level = CodecFormat.number(parameters["level-idx"], default: 5, in: 0...31),
            let tier = CodecFormat.number(parameters["tier"], default: 0, in: 0...1)
        else { return nil }
        self.profile = profile
        self.level = level
        self.tier = tier
    }

    /// Whether a receiver of this format can decode `stream`: each profile includes those below it (AV1 section A.2).
    /// Level and tier limit size and rate, not the coding tools, and are not compared, because browsers state level 3.1
    /// and decode more.
    package func accepts(_ stream: AV1Format) -> Bool { profile >= stream.profile }

    /// Whether this format's level and tier include those of `stream`.
    package func holds(_ stream: AV1Format) -> Bool { level >= stream.level && tier >= stream.tier }
}
