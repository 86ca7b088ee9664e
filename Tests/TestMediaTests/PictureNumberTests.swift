import TestMedia
import Testing

struct PictureNumberTests {
    @Test func cellsAreThoseOfTheBrowserTestsPainter() {
        // Made by the painter in Tests/Browser/testpage/picture.js for id 0x1234 and counter 0xABC.
        let cells = PictureNumber(identity: 0x1234, frame: 0xABC).cells.map { $0 ? "1" : "0" }.joined()
        #expect(cells == "0001001000110100001001101010101111000010")
    }

    @Test(arguments: ["640x360", "320x180", "160x90", "1280x720"])
    func aPaintedNumberIsReadInEverySize(size: String) throws {
        let format = try #require(PictureFormat(size))
        for (identity, frame) in [(0, 0), (1, 1), (0xFFFF, 0xFFF), (0x5A5A, 0x321)] as [(UInt16, Int)] {
            let picture = TestPattern(identity: identity, format: format, ground: .busy).picture(frame: frame, clock: 0)
            #expect(
                PictureNumber(reading: picture)
                    == PictureNumber(identity: identity, frame: UInt16(truncatingIfNeeded: frame)))
        }
    }

    @Test func aPictureWithoutNumbersIsNotRead() {
        #expect(PictureNumber(reading: Picture(PictureFormat(width: 640, height: 360))) == nil)
        #expect(PictureNumber(reading: Picture(PictureFormat(width: 16, height: 16))) == nil)
    }

    @Test func aFlippedCellFailsTheCheck() {
        let format = PictureFormat(width: 320, height: 180)
        var picture = TestPattern(identity: 7, format: format).picture(frame: 9, clock: 0)
        for row in 0..<30 {
            for column in 0..<40 { picture.octets[row * 320 + column] = 235 }
        }
        #expect(PictureNumber(reading: picture) == nil)
    }
}
