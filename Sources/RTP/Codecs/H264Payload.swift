/// The structure of an H.264 payload (RFC 6184 section 5): single NAL units, STAP-A and FU-A, as packetization modes 0
/// and 1 allow.
package struct H264Payload: Sendable, Equatable, BitwiseCopyable {
    /// The arrangement of NAL units in the packet.
    package enum Structure: Sendable, Equatable, BitwiseCopyable {
        /// One whole NAL unit (section 5.6).
        case single
        /// STAP-A of `count` units (section 5.7.1).
        case aggregation(count: Int)
        /// FU-A (section 5.8).
        case fragment(Fragment)
    }

    /// The part of its NAL unit that a fragment carries.
    package enum Fragment: Sendable, Equatable, BitwiseCopyable {
        case first
        case middle
        case last
    }

    /// NAL units that one STAP-A may hold.
    package static let maximumAggregatedUnits = 64

    /// The arrangement of the packet's NAL units.
    package let structure: Structure
    /// NRI: the importance of the unit for the decoding of other pictures; 0 if no other refers to it.
    package let referenceIndicator: UInt8
    /// The type of the NAL unit: the only one, the fragmented one, or the first of an aggregation.
    package let unitType: UInt8
    /// A sequence parameter set is in the packet.
    package let hasSequenceParameterSet: Bool
    /// The first slice of an IDR picture begins in the packet.
    package let startsIDRPicture: Bool
    /// The packet may be the first of its picture: parameter sets, supplemental information, a delimiter, or a
    /// picture's first slice begin it. This holds for several packets of one picture (parameter sets before the slice);
    /// the timestamp separates pictures.
    package let isFrameStart: Bool

    /// Whether decoding can begin here: a sequence parameter set, or the start of an IDR picture. This holds for
    /// several packets of one picture.
    package var isKeyframeStart: Bool { hasSequenceParameterSet || startsIDRPicture }

    /// Parses the payload at the start of `payload`, the packet's H.264 payload without padding;
    /// refuses units past the end and the packet types of other modes (STAP-B, MTAP, FU-B).
    package init(parsing payload: Span<UInt8>) throws(PayloadError) {
        try payload.need(2)
        referenceIndicator = payload[0] &>> 5 & 0x03
        let type = payload[0] & 0x1F
        switch type {
        case 1...23:
            structure = .single
            let unit = Unit(type: type, firstOctet: payload[1])
            unitType = type
            hasSequenceParameterSet = unit.isSequenceParameterSet
            startsIDRPicture = unit.startsIDRPicture
            isFrameStart = unit.startsPicture
        case 24:
            var count = 0
            var firstType: UInt8 = 0
            var hasSPS = false
            var hasIDR = false
            var startsPicture = false
            var offset = 1
            while offset < payload.count {
                guard count < Self.maximumAggregatedUnits else { throw .tooMany(limit: Self.maximumAggregatedUnits) }
                try payload.need(offset &+ 2)
                let size = Int(payload.load16(offset))
                offset &+= 2
                // Every unit has a header octet, so none is empty.
                try payload.need(offset &+ max(size, 1))
                guard size > 0 else { throw .contradiction }
                let unit = Unit(type: payload[offset] & 0x1F, firstOctet: size > 1 ? payload[offset &+ 1] : 0)
                if count == 0 {
                    firstType = unit.type
                    startsPicture = unit.startsPicture
                }
                hasSPS = hasSPS || unit.isSequenceParameterSet
                hasIDR = hasIDR || unit.startsIDRPicture
                count &+= 1
                offset &+= size
            }
            structure = .aggregation(count: count)
            unitType = firstType
            hasSequenceParameterSet = hasSPS
            startsIDRPicture = hasIDR
            isFrameStart = startsPicture
        case 28:
            try payload.need(3)
            let header = payload[1]
            unitType = header & 0x1F
            let fragment: Fragment
            switch header & 0xC0 {
            case 0x80: fragment = .first
            case 0x40: fragment = .last
            case 0x00: fragment = .middle
            // "The Start bit and End bit MUST NOT both be set" (section 5.8).
            default: throw .contradiction
            }
            let unit = Unit(type: unitType, firstOctet: payload[2])
            let isFirst = fragment == .first
            structure = .fragment(fragment)
            hasSequenceParameterSet = isFirst && unit.isSequenceParameterSet
            startsIDRPicture = isFirst && unit.startsIDRPicture
            isFrameStart = isFirst && unit.startsPicture
        default:
            throw .unsupportedType(type)
        }
    }

    /// A NAL unit's type and the first octet after its header.
    private struct Unit {
        var type: UInt8
        var firstOctet: UInt8

        /// A slice header begins with first_mb_in_slice in Exp-Golomb code: 0 is a single set bit.
        var isFirstSlice: Bool { firstOctet & 0x80 != 0 }
        var isSequenceParameterSet: Bool { type == 7 }
        var startsIDRPicture: Bool { type == 5 && isFirstSlice }
        /// Whether the unit may begin an access unit (ITU-T H.264 section 7.4.1.2.3).
        var startsPicture: Bool {
            switch type {
            case 1, 2, 5: isFirstSlice
            case 6...9, 14...18: true
            default: false
            }
        }
    }
}
