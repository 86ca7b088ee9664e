/// The fields of an AV1 payload's aggregation header and OBU headers (RTP Payload Format For AV1, section 4.4).
package struct AV1Payload: Sendable, Equatable, BitwiseCopyable {
    /// OBU elements that one payload may hold.
    package static let maximumElements = 64
    /// Octets of a leb128 number (AV1 specification section 4.10.5).
    package static let maximumLEB128Count = 8

    /// Z: the first element continues an OBU of the packet before.
    package let continuesPrevious: Bool
    /// Y: the last element is continued in the next packet.
    package let isContinued: Bool
    /// W: number of elements in the packet, of which the last has no length; 0 if every element has one.
    package let elementCountField: UInt8
    /// N: the first packet of a coded video sequence.
    package let isSequenceStart: Bool
    /// A sequence header OBU begins in the packet.
    package let hasSequenceHeader: Bool
    /// The type of the first OBU that begins in the packet; `nil` if none does.
    package let firstOBUType: UInt8?
    /// Whether an OBU in the packet states its layers.
    package let hasLayers: Bool
    /// The temporal layer of the first OBU that states its layers.
    package let temporalLayer: UInt8
    package let spatialLayer: UInt8
    /// The packet may be the first of its frame: it continues nothing and begins with an OBU that can begin a frame.
    package let isFrameStart: Bool

    /// Whether decoding can begin here.
    package var isKeyframeStart: Bool { isSequenceStart || hasSequenceHeader }

    /// Parses the payload at the start of `payload`, the packet's AV1 payload without padding;
    /// refuses lengths past the end, numbers past 32 bits, and N with Z.
    package init(parsing payload: Span<UInt8>) throws(PayloadError) {
        try payload.need(2)
        let first = payload[0]
        continuesPrevious = first & 0x80 != 0
        isContinued = first & 0x40 != 0
        elementCountField = first &>> 4 & 0x03
        isSequenceStart = first & 0x08 != 0
        // "If N is equal to 1, Z MUST be 0" (section 4.4).
        guard first & 0x88 != 0x88 else { throw .contradiction }

        let announced = Int(elementCountField)
        var offset = 1
        var index = 0
        var firstType: UInt8?
        var hasHeader = false
        var layers: UInt8?
        while announced == 0 ? offset < payload.count : index < announced {
            guard index < Self.maximumElements else { throw .tooMany(limit: Self.maximumElements) }
            var size = payload.count &- offset
            if announced == 0 || index &+ 1 < announced {
                let number = try Self.leb128(in: payload, at: &offset)
                guard number <= payload.count &- offset else {
                    throw .truncated(needed: offset &+ number, available: payload.count)
                }
                size = number
            }
            let continuesOBU = index == 0 && continuesPrevious
            if !continuesOBU, size > 0 {
                let header = payload[offset]
                let type = header &>> 3 & 0x0F
                if firstType == nil { firstType = type }
                if type == OBUType.sequenceHeader { hasHeader = true }
                if layers == nil, header & 0x04 != 0, size > 1 { layers = payload[offset &+ 1] }
            }
            offset &+= size
            index &+= 1
        }
        hasSequenceHeader = hasHeader
        firstOBUType = firstType
        hasLayers = layers != nil
        temporalLayer = (layers ?? 0) &>> 5
        spatialLayer = (layers ?? 0) &>> 3 & 0x03
        isFrameStart = !continuesPrevious && firstType.map(OBUType.canBeginFrame) ?? false
    }

    /// The range of the content of the first sequence header OBU that begins in `payload`; `nil` if there is none.
    static func sequenceHeader(in payload: Span<UInt8>) -> Range<Int>? {
        guard payload.count >= 2 else { return nil }
        let announced = Int(payload[0] &>> 4 & 0x03)
        var offset = 1
        var index = 0
        while announced == 0 ? offset < payload.count : index < announced {
            guard index < maximumElements else { return nil }
            var size = payload.count &- offset
            if announced == 0 || index &+ 1 < announced {
                guard let number = try? leb128(in: payload, at: &offset), number <= payload.count &- offset else {
                    return nil
                }
                size = number
            }
            let isContinuation = index == 0 && payload[0] & 0x80 != 0
            if !isContinuation, size > 1, payload[offset] &>> 3 & 0x0F == OBUType.sequenceHeader {
                let end = offset &+ size
                var start = offset &+ (payload[offset] & 0x04 == 0 ? 1 : 2)
                if payload[offset] & 0x02 != 0, (try? leb128(in: payload, at: &start)) == nil { return nil }
                return start < end ? start..<end : nil
            }
            offset &+= size
            index &+= 1
        }
        return nil
    }

    /// The types of AV1 specification section 6.2.2.
    private enum OBUType {
        static let sequenceHeader: UInt8 = 1

        static func canBeginFrame(_ type: UInt8) -> Bool {
            switch type {
            case 1, 2, 3, 5, 6: true  // sequence header, temporal delimiter, frame header, metadata, frame
            default: false
            }
        }
    }

    /// Reads the number at `offset` and moves `offset` past it. At most 32 bits (AV1 specification section 4.10.5).
    private static func leb128(in payload: Span<UInt8>, at offset: inout Int) throws(PayloadError) -> Int {
        var value: UInt64 = 0
        for index in 0..<maximumLEB128Count {
            try payload.need(offset &+ 1)
            let octet = payload[offset]
            offset &+= 1
            value |= UInt64(octet & 0x7F) &<< UInt64(7 &* index)
            if octet & 0x80 == 0 {
                guard value <= UInt64(UInt32.max) else { throw .oversizedNumber }
                return Int(value)
            }
        }
        throw .oversizedNumber
    }
}
