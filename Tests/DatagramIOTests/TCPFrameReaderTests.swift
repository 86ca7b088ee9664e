import Primitives
import Testing

@testable import DatagramIO

struct TCPFrameReaderTests {
    private func frame(_ datagram: [UInt8]) -> [UInt8] {
        [UInt8(datagram.count >> 8), UInt8(datagram.count & 0xFF)] + datagram
    }

    /// The datagrams of a stream that comes in these parts.
    private func read(_ parts: [[UInt8]], _ reader: inout TCPFrameReader) throws -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        for part in parts {
            var part = part
            try unsafe part.withUnsafeMutableBytes { octets in
                try unsafe reader.receive(octets) { datagrams.append(unsafe Array($0)) }
            }
        }
        return datagrams
    }

    private let datagrams: [[UInt8]] = [
        [1], [2, 3, 4], [UInt8](repeating: 5, count: 255), [UInt8](repeating: 6, count: 256),
        [UInt8](repeating: 7, count: TCPLimits.maximumFrame),
    ]

    @Test func severalDatagramsComeInOneRead() throws {
        var reader = TCPFrameReader()
        #expect(try read([datagrams.flatMap(frame)], &reader) == datagrams)
        #expect(!reader.isInsideFrame)
    }

    /// A stream has no boundaries of its own: whatever the parts, the datagrams are the same.
    @Test(arguments: [1, 2, 3, 7, 100, 256, 1_448]) func aStreamMayBeCutAnywhere(size: Int) throws {
        let stream = datagrams.flatMap(frame)
        let parts = stride(from: 0, to: stream.count, by: size).map { Array(stream[$0..<min($0 + size, stream.count)]) }
        var reader = TCPFrameReader()
        #expect(try read(parts, &reader) == datagrams)
        #expect(!reader.isInsideFrame)
    }

    @Test func everySingleCutGivesTheSame() throws {
        let few = Array(datagrams.prefix(3))
        let stream = few.flatMap(frame)
        for cut in 0...stream.count {
            var reader = TCPFrameReader()
            #expect(try read([Array(stream[..<cut]), Array(stream[cut...])], &reader) == few)
        }
    }

    @Test func framesWithoutADatagramAreSkipped() throws {
        var reader = TCPFrameReader()
        #expect(try read([[0, 0, 0, 1, 9, 0], [0], [0, 0]], &reader) == [[9]])
        #expect(!reader.isInsideFrame)
    }

    @Test(arguments: [[[0x10, 0x01]], [[0x10], [0x01]], [[0, 1, 7, 0xFF, 0xFF, 1]]] as [[[UInt8]]])
    func aFrameThatIsTooLongIsRefusedAtItsLength(parts: [[UInt8]]) {
        var reader = TCPFrameReader()
        #expect(throws: TCPFrameReader.FrameTooLong.self) { try read(parts, &reader) }
    }

    @Test func aFrameThatHasBegunIsTold() throws {
        var reader = TCPFrameReader()
        for part in [[0], [3], [1, 2]] as [[UInt8]] {
            #expect(try read([part], &reader).isEmpty)
            #expect(reader.isInsideFrame)
        }
        #expect(try read([[3]], &reader) == [[1, 2, 3]])
        #expect(!reader.isInsideFrame)
    }
}
