import Forwarding
import Primitives
import RTP
import Testing

struct HeaderLayoutTests {
    private func write(_ layout: HeaderLayout, level: UInt8? = nil, orientation: UInt8? = nil) -> [UInt8] {
        let fields = HeaderLayout.Fields(
            payloadType: 111, isMarked: true, sequence: 0x1234, timestamp: 0x89AB_CDEF, ssrc: 77, csrc: 99,
            transportSequence: 0xBEEF, audioLevel: level, videoOrientation: orientation)
        var octets = [UInt8](repeating: 0xAA, count: HeaderLayout.maximumOctets)
        let count = unsafe octets.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe layout.write(fields, to: base)
        }
        #expect(count == layout.octets)
        return Array(octets[..<count])
    }

    private func map(_ identifiers: [HeaderExtension: UInt8]) -> HeaderExtensionMap {
        var map = HeaderExtensionMap()
        for (known, identifier) in identifiers { map[known] = identifier }
        return map
    }

    @Test(arguments: [UInt8(3), 14, 15, 200])
    func whatIsWrittenIsReadBack(_ identifier: UInt8) throws {
        let extensions = map([.transportSequenceNumber: identifier, .audioLevel: 1])
        let bytes = write(HeaderLayout(extensions: extensions, kind: .audio), level: 0x85)
        let header = try RTPHeader(parsing: bytes.span)
        #expect(header.payloadType == 111 && header.isMarker && header.sequenceNumber == 0x1234)
        #expect(header.timestamp == 0x89AB_CDEF && header.ssrc == SSRC(77))
        #expect(header.csrc(at: 0, in: bytes.span) == 99)
        #expect(header.payloadOffset == bytes.count)
        let read = ReceivedExtensions(parsing: bytes.span, header: header, lookup: HeaderExtensionLookup(extensions))
        #expect(read.transportSequenceNumber == 0xBEEF)
        #expect(read.audioLevel?.octet == 0x85)
    }

    @Test func paddingIsAnnounced() throws {
        for (identifiers, first) in [([:], UInt8(0xA1)), ([.transportSequenceNumber: 3], 0xB1)]
            as [([HeaderExtension: UInt8], UInt8)]
        {
            let layout = HeaderLayout(extensions: map(identifiers), kind: .video)
            let fields = HeaderLayout.Fields(
                payloadType: 96, isMarked: false, isPadded: true, sequence: 1, timestamp: 2, ssrc: 3, csrc: 4,
                transportSequence: 5)
            var octets = [UInt8](repeating: 0, count: HeaderLayout.maximumOctets)
            let count = unsafe octets.withUnsafeMutableBufferPointer { buffer in
                unsafe buffer.baseAddress.map { unsafe layout.write(fields, to: $0) } ?? 0
            }
            #expect(octets[0] == first)
            let packet = Array(octets[..<count]) + [9, 9, 0, 0, 3]
            let header = try RTPHeader(parsing: packet.span)
            #expect(header.payloadRange == count..<(count + 2))
        }
    }

    @Test func theLengthIsTheSameWithAndWithoutOptionalElements() {
        let extensions = map([.transportSequenceNumber: 3, .videoOrientation: 13])
        let layout = HeaderLayout(extensions: extensions, kind: .video)
        #expect(write(layout).count == write(layout, orientation: 1).count)
    }

    @Test func withoutExtensionsThereIsNoBlock() throws {
        let bytes = write(HeaderLayout(extensions: HeaderExtensionMap(), kind: .video))
        #expect(bytes.count == 16)
        #expect(try RTPHeader(parsing: bytes.span).extensionProfile == 0)
    }
}
