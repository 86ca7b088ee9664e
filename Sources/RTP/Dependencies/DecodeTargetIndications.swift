/// How a frame relates to each decode target (RTP Payload Format For AV1, appendix A.4).
package enum DecodeTargetIndication: UInt8, Sendable, BitwiseCopyable {
    /// "-": the frame is not part of the target.
    case notPresent = 0
    /// "D": no other frame of the target refers to it.
    case discardable = 1
    /// "S": one may switch to the target here, where the frame itself can be decoded.
    case switchPoint = 2
    /// "R": the frame is needed.
    case required = 3
}

/// The indications of one frame for all decode targets, two bits each.
package struct DecodeTargetIndications: Sendable, Hashable, BitwiseCopyable {
    private var bits: UInt64 = 0

    /// Present in no target.
    package init() {}

    /// Reads `count` of them, 32 at most.
    init(
        _ cursor: inout DependencyCursor, count: Int, in octets: Span<UInt8>
    ) throws(DependencyDescriptorError) {
        for target in 0..<count {
            bits |= UInt64(try cursor.bits(2, in: octets)) &<< UInt64(2 &* target)
        }
    }

    /// The indication for a target, 0 to 31.
    package subscript(target: Int) -> DecodeTargetIndication {
        DecodeTargetIndication(rawValue: UInt8(truncatingIfNeeded: bits &>> UInt64(2 &* target) & 3)) ?? .notPresent
    }
}
