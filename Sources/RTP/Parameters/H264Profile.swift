/// A profile of H.264, from the first two octets of `profile-level-id` (RFC 6184 section 8.1).
package enum H264Profile: Hashable, Sendable, CaseIterable {
    case constrainedBaseline
    case baseline
    case main
    case extended
    /// High with neither fields nor B slices (H.264 section A.2.4.2, `constraint_set4_flag` and `constraint_set5_flag`).
    case constrainedHigh
    case high
    case high10
    case high422
    case high444
    case high10Intra
    case high422Intra
    case high444Intra
    case cavlc444Intra

    /// Rows of RFC 6184 section 8.1, table 5, and for high profiles those of H.264 section A.2.4: `profile_idc`, a mask
    /// of the significant bits of `profile-iop`, and their value.
    private static let rows: [(idc: UInt8, mask: UInt8, bits: UInt8, profile: H264Profile)] = [
        (0x42, 0b0100_1111, 0b0100_0000, .constrainedBaseline),
        (0x4D, 0b1000_1111, 0b1000_0000, .constrainedBaseline),
        (0x58, 0b1100_1111, 0b1100_0000, .constrainedBaseline),
        (0x42, 0b0100_1111, 0b0000_0000, .baseline),
        (0x58, 0b1100_1111, 0b1000_0000, .baseline),
        (0x4D, 0b1010_1111, 0b0000_0000, .main),
        (0x58, 0b1100_1111, 0b0000_0000, .extended),
        (0x64, 0b1111_1111, 0b0000_1100, .constrainedHigh),
        // Decoders of High also decode Progressive High.
        (0x64, 0b1111_0111, 0b0000_0000, .high),
        (0x6E, 0b1111_1111, 0b0000_0000, .high10),
        (0x7A, 0b1111_1111, 0b0000_0000, .high422),
        (0xF4, 0b1111_1111, 0b0000_0000, .high444),
        (0x6E, 0b1111_1111, 0b0001_0000, .high10Intra),
        (0x7A, 0b1111_1111, 0b0001_0000, .high422Intra),
        (0xF4, 0b1111_1111, 0b0001_0000, .high444Intra),
        (0x2C, 0b1111_1111, 0b0001_0000, .cavlc444Intra),
    ]

    /// The profile of these two octets; `nil` for an unknown `profile_idc`.
    ///
    /// For flags without a row, `profile_idc` alone decides, because some encoders set more flags than necessary, and a
    /// decoder must ignore flags that are reserved for its profile (H.264 section 7.4.2.1.1).
    package init?(idc: UInt8, constraints: UInt8) {
        if let row = Self.rows.first(where: { $0.idc == idc && constraints & $0.mask == $0.bits }) {
            self = row.profile
            return
        }
        switch idc {
        case 0x42: self = constraints & 0x40 != 0 ? .constrainedBaseline : .baseline
        case 0x4D: self = constraints & 0x80 != 0 ? .constrainedBaseline : .main
        case 0x58: self = .extended
        case 0x64: self = .high
        case 0x6E: self = .high10
        case 0x7A: self = .high422
        case 0xF4: self = .high444
        case 0x2C: self = .cavlc444Intra
        default: return nil
        }
    }

    /// The profiles whose streams a decoder of this profile can decode (H.264 section A.2, "decoders conforming to").
    package var decodes: Set<H264Profile> {
        switch self {
        case .constrainedBaseline: [.constrainedBaseline]
        case .baseline: [.constrainedBaseline, .baseline]
        case .main: [.constrainedBaseline, .main]
        case .extended: [.constrainedBaseline, .baseline, .main, .extended]
        case .constrainedHigh: [.constrainedBaseline, .constrainedHigh]
        case .high: Self.upToHigh
        case .high10: Self.upToHigh.union([.high10, .high10Intra])
        case .high422: Self.upToHigh.union([.high10, .high10Intra, .high422, .high422Intra])
        case .high444: Self.upToHigh.union(Self.overHigh)
        case .high10Intra: [.high10Intra]
        case .high422Intra: [.high10Intra, .high422Intra]
        case .high444Intra: [.high10Intra, .high422Intra, .high444Intra, .cavlc444Intra]
        case .cavlc444Intra: [.cavlc444Intra]
        }
    }

    private static let upToHigh: Set<H264Profile> = [.constrainedBaseline, .main, .constrainedHigh, .high]
    private static let overHigh: Set<H264Profile> = [
        .high10, .high10Intra, .high422, .high422Intra, .high444, .high444Intra, .cavlc444Intra,
    ]

    /// How widely browsers can decode the profile: 0 is best.
    package var rank: Int {
        switch self {
        case .constrainedBaseline: 0
        case .baseline: 1
        case .main: 2
        case .constrainedHigh: 3
        case .high: 4
        case .extended, .high10, .high422, .high444, .high10Intra, .high422Intra, .high444Intra, .cavlc444Intra: 5
        }
    }
}
