import TestMedia
import Testing

struct VPXTests {
    private let format = PictureFormat(width: 320, height: 180)

    @Test(arguments: VPXCodec.allCases)
    func theNumberSurvivesTheCodecAtALowBitrate(_ codec: VPXCodec) throws {
        let encoder = try VPXEncoder(codec, format: format, framesPerSecond: 30, kilobitsPerSecond: 150)
        let decoder = try VPXDecoder(codec)
        let pattern = TestPattern(identity: 0x2A17, format: format)
        for frame in 0..<30 {
            let picture = pattern.picture(frame: 4_090 + frame, clock: frame * 33)
            guard let encoded = try encoder.encode(picture, asKeyframe: frame == 0) else { continue }
            #expect(encoded.isKeyframe == (frame == 0))
            let decoded = try #require(decoder.decode(encoded.octets))
            let expected = PictureNumber(identity: 0x2A17, frame: UInt16(truncatingIfNeeded: 4_090 + frame))
            #expect(PictureNumber(reading: decoded) == expected)
        }
    }

    @Test(arguments: VPXCodec.allCases)
    func aKeyframeComesWhenItIsAskedFor(_ codec: VPXCodec) throws {
        let encoder = try VPXEncoder(codec, format: format, framesPerSecond: 30, kilobitsPerSecond: 300)
        let pattern = TestPattern(identity: 1, format: format)
        var keyframes: [Int] = []
        for frame in 0..<20 {
            let picture = pattern.picture(frame: frame, clock: 0)
            if try encoder.encode(picture, asKeyframe: frame == 0 || frame == 11)?.isKeyframe == true {
                keyframes.append(frame)
            }
        }
        #expect(keyframes == [0, 11])
    }

    @Test func aMarkBehindAFrameChangesNothingForTheDecoder() throws {
        let encoder = try VPXEncoder(format: format, framesPerSecond: 30, kilobitsPerSecond: 300)
        let (plain, marked) = (try VPXDecoder(), try VPXDecoder())
        let pattern = TestPattern(identity: 3, format: format, ground: .busy)
        for frame in 0..<10 {
            let picture = pattern.picture(frame: frame, clock: 0)
            guard let encoded = try encoder.encode(picture, asKeyframe: frame == 0) else { continue }
            let mark = MediaMark(source: 1, packet: 2, frame: 3, sentAtNanoseconds: 4)
            #expect(plain.decode(encoded.octets) == marked.decode(encoded.octets + mark.octets))
        }
    }

    @Test(arguments: VPXCodec.allCases)
    func aPictureOfAnotherSizeIsRefused(_ codec: VPXCodec) throws {
        let encoder = try VPXEncoder(codec, format: format, framesPerSecond: 30, kilobitsPerSecond: 300)
        #expect(throws: MediaError.self) { try encoder.encode(Picture(PictureFormat(width: 160, height: 90))) }
    }

    @Test(arguments: VPXCodec.allCases)
    func rubbishIsNotDecoded(_ codec: VPXCodec) throws {
        let decoder = try VPXDecoder(codec)
        #expect(decoder.decode([]) == nil)
        #expect(decoder.decode([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) == nil)
    }
}
