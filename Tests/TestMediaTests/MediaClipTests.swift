import TestMedia
import Testing

struct MediaClipTests {
    @Test func aClipBeginsWithAKeyframeInEachSizeAndKeepsItsBitrate() throws {
        var settings = MediaClip.Settings()
        settings.format = PictureFormat(width: 320, height: 180)
        settings.framesPerSecond = 15
        settings.kilobitsPerSecond = 300
        settings.encodings = 2
        settings.seconds = 2
        let clip = try MediaClip(settings)
        #expect(clip.video.map(\.count) == [30, 30])
        #expect(clip.video.allSatisfy { $0.first??.isKeyframe == true })
        #expect(clip.audio.count == 100)
        #expect((180_000...420_000).contains(clip.bitsPerSecond(ofEncoding: 1)))
        #expect(clip.bitsPerSecond(ofEncoding: 0) < clip.bitsPerSecond(ofEncoding: 1))
        let decoder = try VPXDecoder()
        let frame = try #require(clip.video[0][0])
        let picture = try #require(decoder.decode(frame.octets))
        #expect(picture.format == PictureFormat(width: 160, height: 90))
        #expect(PictureNumber(reading: picture) == PictureNumber(identity: 1, frame: 0))
    }

    @Test func sizesAreReadFromText() {
        #expect(PictureFormat("640x360") == PictureFormat(width: 640, height: 360))
        for text in ["640", "640x", "x360", "641x360", "8x8", "99999x2", "640x360x2", "-640x360"] {
            #expect(PictureFormat(text) == nil)
        }
    }
}
