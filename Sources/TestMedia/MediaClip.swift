/// Test media, encoded once and then sent repeatedly by any number of publishers: video in one or more sizes, and
/// audio. It begins with a keyframe, so a publisher answers a keyframe request by starting the clip anew.
package struct MediaClip: Sendable {
    /// The parameters of the clip.
    package struct Settings: Sendable, Equatable {
        package var identity: UInt16 = 1
        package var codec = VPXCodec.vp8
        package var format = PictureFormat(width: 640, height: 360)
        package var framesPerSecond = 30
        /// The bitrate of the largest encoding in kbit/s; each encoding of half the width gets a quarter.
        package var kilobitsPerSecond = 1_500
        /// The number of encodings, at most `maximumEncodings`: 1, or 3 with simulcast, each half as wide as the next.
        package var encodings = 1
        package var seconds = 8
        package var audioBitsPerSecond = 32_000

        package init() {}

        /// The size of an encoding, counted from the smallest.
        package func format(ofEncoding index: Int) -> PictureFormat {
            format.divided(by: 1 << (encodings - 1 - index))
        }
    }

    package static let maximumEncodings = 3

    package let settings: Settings
    /// Frames by encoding, the smallest first; `nil` for a frame that the encoder dropped.
    package let video: [[VPXFrame?]]
    /// Audio packets of 20 ms, each with space for a mark.
    package let audio: [[UInt8]]

    /// Encodes the clip, in about a tenth of its duration.
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

    /// The actual mean bitrate of an encoding in bits per second, without headers.
    package func bitsPerSecond(ofEncoding index: Int) -> Int {
        video[index].reduce(0) { $0 + ($1?.octets.count ?? 0) } * 8 / max(settings.seconds, 1)
    }
}
