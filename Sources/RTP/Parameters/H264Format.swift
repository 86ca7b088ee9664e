/// The parameters of an H264 payload type (RFC 6184 section 8.1).
package struct H264Format: Hashable, Sendable {
    /// The packetization of NAL units (RFC 6184 section 6). Interleaved mode (2) is not used with WebRTC (RFC 7742
    /// section 6.2) and has no case.
    package enum PacketizationMode: UInt8, Hashable, Sendable {
        /// One NAL unit in each packet.
        case singleNAL = 0
        /// Also aggregates (STAP-A) and fragments (FU-A).
        case nonInterleaved = 1
    }

    package var profile: H264Profile
    /// The level, ordered by capability: ten times its number, 9 for level 1b.
    package var level: UInt8
    package var packetizationMode: PacketizationMode

    /// Reads `profile-level-id` and `packetization-mode`; `nil` if a value is malformed or not supported.
    ///
    /// A missing `profile-level-id` means Constrained Baseline at level 3.1, as in browsers. RFC 6184 section 8.1
    /// defines Baseline at level 1, but encoders that omit it send streams for browsers.
    package init?(_ parameters: [String: String]) {
        switch parameters["packetization-mode"] {
        case nil, "0": packetizationMode = .singleNAL
        case "1": packetizationMode = .nonInterleaved
        default: return nil
        }
        guard let text = parameters["profile-level-id"] else {
            profile = .constrainedBaseline
            level = 31
            return
        }
        guard text.utf8.count == 6, text.utf8.allSatisfy(Self.isHexadecimal), let number = UInt32(text, radix: 16)
        else {
            return nil
        }
        let idc = UInt8(truncatingIfNeeded: number &>> 16)
        let constraints = UInt8(truncatingIfNeeded: number &>> 8)
        guard let profile = H264Profile(idc: idc, constraints: constraints) else { return nil }
        self.profile = profile
        let levelIDC = UInt8(truncatingIfNeeded: number)
        // Level 1b is 11 with constraint_set3_flag in the profiles that had it so, else 9 (H.264 section A.3.1).
        let is1b = levelIDC == 11 && constraints & 0x10 != 0 && [0x42, 0x4D, 0x58].contains(idc)
        level = is1b ? 9 : levelIDC
    }

    /// Whether a receiver of this format can decode `stream`.
    ///
    /// A receiver of mode 1 accepts the packets of mode 0, a subset of its own (RFC 6184 section 6.3). The level is not
    /// compared: browsers state 3.1 and decode what their hardware can, and the server has no stream of a lower level
    /// to send instead.
    package func accepts(_ stream: H264Format) -> Bool {
        profile.decodes.contains(stream.profile) && packetizationMode.rawValue >= stream.packetizationMode.rawValue
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
