import Primitives
import RTP
import Testing

struct HeaderExtensionTests {
    /// A packet whose extension has `profile` and the data that `hexadecimal` names, in whole words.
    private func packet(_ profile: UInt16, _ hexadecimal: String) throws -> [UInt8] {
        let data = try octets(hexadecimal)
        var bytes = try octets("90600001 00000002 00000003")
        bytes.append(bigEndian: profile)
        bytes.append(bigEndian: UInt16(data.count / 4))
        return bytes + data
    }

    private func elements(_ bytes: [UInt8]) throws -> [(UInt8, [UInt8])] {
        var cursor = HeaderExtensionCursor(header: try RTPHeader(parsing: bytes.span))
        var elements: [(UInt8, [UInt8])] = []
        while let element = cursor.next(in: bytes.span) {
            elements.append((element.identifier, Array(bytes[element.offset..<(element.offset + element.count)])))
        }
        #expect(cursor.next(in: bytes.span) == nil)
        return elements
    }

    private func expect(
        _ profile: UInt16, _ hexadecimal: String, _ expected: [(UInt8, [UInt8])],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let read = try elements(packet(profile, hexadecimal))
        #expect(read.map(\.0) == expected.map(\.0), sourceLocation: sourceLocation)
        #expect(read.map(\.1) == expected.map(\.1), sourceLocation: sourceLocation)
    }

    @Test func oneByteElementsAreReadAcrossPadding() throws {
        // The example of RFC 8285 section 4.2: one octet, two octets, two octets of padding, four octets.
        try expect(
            0xBEDE, "10aa 21bbbb 0000 33cccccccc", [(1, [0xAA]), (2, [0xBB, 0xBB]), (3, [0xCC, 0xCC, 0xCC, 0xCC])])
    }

    @Test func twoByteElementsAreReadAcrossPadding() throws {
        // The example of RFC 8285 section 4.3: no octet, one octet, padding, four octets.
        try expect(0x1000, "0100 0201aa 00 0304cccccccc 0000", [(1, []), (2, [0xAA]), (3, [0xCC, 0xCC, 0xCC, 0xCC])])
        // The low four bits are the application's.
        try expect(0x100F, "ff01aa00", [(255, [0xAA])])
    }

    @Test func identifierFifteenEndsTheOneByteForm() throws {
        try expect(0xBEDE, "10aa f0bb 20cc 0000", [(1, [0xAA])])
    }

    @Test func identifierZeroWithLengthEndsTheOneByteForm() throws {
        try expect(0xBEDE, "10aa 01bb 20cc 0000", [(1, [0xAA])])
    }

    @Test func truncatedElementEndsTheWalk() throws {
        try expect(0xBEDE, "10aa 23bb", [(1, [0xAA])])
        try expect(0x1000, "0101aa 02", [(1, [0xAA])])
        try expect(0x1000, "0101aa 00 0205bbbb", [(1, [0xAA])])
    }

    @Test func otherProfilesHaveNoElements() throws {
        try expect(0x1234, "10aa0000", [])
        try expect(0x1010, "01010000", [])
    }

    @Test func shorterBytesThanTheHeadersAreNotReadBeyond() throws {
        let bytes = try packet(0xBEDE, "10aa 20bb")
        let header = try RTPHeader(parsing: bytes.span)
        let shorter = Array(bytes.prefix(17))
        var cursor = HeaderExtensionCursor(header: header)
        #expect(cursor.next(in: shorter.span) == nil)
        var whole = HeaderExtensionCursor(header: header)
        let next = whole.next(in: bytes.span)
        let element = try #require(next)
        #expect(element.text(in: shorter.span) == nil)
        #expect(element.holds([0xAA], in: shorter.span) == false)
        #expect(element.holds([0xAA], in: bytes.span) == true)
    }

    @Test func lookupInvertsTheMap() {
        var map = HeaderExtensionMap()
        for (index, kind) in HeaderExtension.allCases.enumerated() { map[kind] = UInt8(255 - index) }
        let lookup = HeaderExtensionLookup(map)
        for identifier in UInt8.min...UInt8.max {
            #expect(lookup[identifier] == HeaderExtension.allCases.first { map[$0] == identifier })
        }
    }

    @Test func everyKnownExtensionIsRead() throws {
        var map = HeaderExtensionMap()
        for kind in HeaderExtension.allCases { map[kind] = kind.rawValue + 1 }
        func element(_ kind: HeaderExtension, _ data: [UInt8]) -> RTPPacketBuilder.Element {
            .init(identifier: kind.rawValue + 1, data: data)
        }
        var builder = RTPPacketBuilder(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: SSRC(0))
        builder.extensions = [
            element(.audioLevel, [0x80 | 30]), element(.absoluteSendTime, [1, 2, 3]),
            element(.transportSequenceNumber, [0xFF, 0xFE]), element(.mid, Array("m1".utf8)),
            element(.rid, Array("q".utf8)), element(.repairedRid, Array("h".utf8)), element(.videoOrientation, [9]),
            element(.playoutDelay, [4, 5, 6]), element(.transmissionOffset, [0xFF, 0xFF, 0xFE]),
            element(.dependencyDescriptor, [0x80, 0, 1]), .init(identifier: 13, data: [1]),
        ]
        let bytes = builder.octets
        let read = ReceivedExtensions(
            parsing: bytes.span, header: try RTPHeader(parsing: bytes.span), lookup: HeaderExtensionLookup(map))
        #expect(read.audioLevel == AudioLevel(level: 30, hasVoice: true))
        #expect(read.absoluteSendTime == 0x010203)
        #expect(read.transportSequenceNumber == 0xFFFE)
        #expect(read.mid?.holds(Array("m1".utf8), in: bytes.span) == true)
        #expect(read.mid?.holds(Array("m2".utf8), in: bytes.span) == false)
        #expect(read.rid?.text(in: bytes.span) == "q")
        #expect(read.repairedRid?.text(in: bytes.span) == "h")
        #expect(read.videoOrientation == 9)
        #expect(read.playoutDelay == 0x040506)
        #expect(read.transmissionOffset == -2)
        #expect(read.dependencyDescriptor?.count == 3)
        #expect(AudioLevel(level: 30, hasVoice: true).octet == 0x9E)
    }

    @Test func elementsOfAWrongLengthAreAbsent() throws {
        var map = HeaderExtensionMap()
        for kind in HeaderExtension.allCases { map[kind] = kind.rawValue + 1 }
        // Lengths that none of the fixed-size extensions has; zero for those that are text.
        for count in [0, 5] {
            var builder = RTPPacketBuilder(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: SSRC(0))
            builder.extensions = HeaderExtension.allCases.map { kind in
                switch kind {
                case .mid, .rid, .repairedRid, .dependencyDescriptor: .init(identifier: kind.rawValue + 1, data: [])
                default: .init(identifier: kind.rawValue + 1, data: Array(repeating: 1, count: count))
                }
            }
            let bytes = builder.octets
            let header = try RTPHeader(parsing: bytes.span)
            let lookup = HeaderExtensionLookup(map)
            let none = ReceivedExtensions(parsing: bytes.span, header: header, lookup: .init(HeaderExtensionMap()))
            #expect(ReceivedExtensions(parsing: bytes.span, header: header, lookup: lookup) == none)
        }
    }
}
