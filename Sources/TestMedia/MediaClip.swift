/// Test media that is encoded once and then sent by any number of publishers, over and over: pictures in one or more
/// sizes, and sound. It begins with a keyframe, so that a publisher who is asked for one begins anew.
package struct MediaClip: Sendable {
    /// What is to be encoded.
    package struct Settings: Sendable, Equatable {
        package var identity: UInt16 = 1
        package var codec = VPXCodec.vp8
        package var format = PictureFormat(width: 640, height: 360)
        package var framesPerSecond = 30
        /// Of the largest pictures; smaller ones get a quarter for each halving.
        package var kilobitsPerSecond = 1_500
        /// 1, or 3 with simulcast: each half as wide as the next.
        package var encodings = 1
        package var seconds = 8
        package var audioBitsPerSecond = 32_000

        package init() {}

        /// The size of an encoding, counted from the smallest.
        package func format(ofEncoding index: Int) -> PictureFormat {
            format.divided(by: 1 << (encodings - 1 - index))
        }
    }

    package let settings: Settings
    /// By encoding, the smallest first; `nil` where the encoder left a picture out.
    package let video: [[VPXFrame?]]
    /// Packets of 20 ms, each with room for a mark.
    package let audio: [[UInt8]]

    /// Encodes; takes about a tenth of the time that the clip lasts.
    package init(_ settings: Settings) throws(MediaError) {
        self.settings = settings
        var video: [[VPXFrame?]] = []
        for index in 0..<settings.encodings {
            let format = settings.format(ofEncoding: index)
            let share = 1 << (2 * (settings.encodings - 1 - index))
            video.append(
                try Self.encode(format, kilobitsPerSecond: max(settings.kilobitsPerSecond / share, 50), settings))
        }
        self.video = video
        let encoder = try OpusEncoder(bitsPerSecond: settings.audioBitsPerSecond)
        let tone = Tone(identity: settings.identity)
        var audio: [[UInt8]] = []
        for packet in 0..<settings.seconds * 50 {
            audio.append(MediaMark.roomInOpus(try encoder.encode(tone.samples(packet: packet))))
        }
        self.audio = audio
    }

    private static func encode(
        _ format: PictureFormat, kilobitsPerSecond: Int, _ settings: Settings
    ) throws(MediaError) -> [VPXFrame?] {
        let encoder = try VPXEncoder(
            settings.codec, format: format, framesPerSecond: settings.framesPerSecond,
            kilobitsPerSecond: kilobitsPerSecond)
        let pattern = TestPattern(identity: settings.identity, format: format, ground: .busy)
        var frames: [VPXFrame?] = []
        for frame in 0..<settings.seconds * settings.framesPerSecond {
            let picture = pattern.picture(frame: frame, clock: frame * 1_000 / settings.framesPerSecond)
            frames.append(try encoder.encode(picture, asKeyframe: frame == 0))
        }
        return frames
    }

    /// The mean bitrate of an encoding that came of it, in bits per second, without headers.
    package func bitsPerSecond(ofEncoding index: Int) -> Int {
        video[index].reduce(0) { $0 + ($1?.octets.count ?? 0) } * 8 / max(settings.seconds, 1)
    }
}
