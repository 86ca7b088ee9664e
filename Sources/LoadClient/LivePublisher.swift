import Client
import Primitives
import RTP
import TestMedia

/// Paints, encodes and sends as it goes: for people to look at, with the time of day in the picture.
final class LivePublisher: MediaPublisher {
    static let keyframeInterval = Duration.milliseconds(500)

    private let media: PublishedMedia
    private let pattern: TestPattern
    private let tone: Tone
    private let framesPerSecond: Int
    private let video: VPXEncoder
    private let audio: OpusEncoder
    /// Milliseconds since midnight at the monotonic clock's origin.
    private let midnightOffset: Int
    private var packetizer: VP8Packetizer
    private var frame = 0
    private var sound = 0
    private var wantsKeyframe = true
    private var lastKeyframe: MonotonicInstant?
    private var nextFrame: MonotonicInstant
    private var nextSound: MonotonicInstant
    private var videoTimestamp: UInt32
    private var audioTimestamp: UInt32

    /// - Parameter midnightOffset: milliseconds to add to the monotonic clock to get the time since midnight.
    init(
        media: PublishedMedia, settings: MediaClip.Settings, midnightOffset: Int, now: MonotonicInstant,
        generator: inout some RandomNumberGenerator
    ) throws(MediaError) {
        self.media = media
        self.midnightOffset = midnightOffset
        framesPerSecond = settings.framesPerSecond
        pattern = TestPattern(identity: settings.identity, format: settings.format)
        tone = Tone(identity: settings.identity, loudness: 0.04)
        video = try VPXEncoder(
            format: settings.format, framesPerSecond: settings.framesPerSecond,
            kilobitsPerSecond: settings.kilobitsPerSecond)
        audio = try OpusEncoder(bitsPerSecond: settings.audioBitsPerSecond)
        packetizer = VP8Packetizer(
            pictureID: .random(in: 0...0x7FFF, using: &generator),
            tl0PictureIndex: .random(in: 0...255, using: &generator))
        videoTimestamp = .random(in: .min ... .max, using: &generator)
        audioTimestamp = .random(in: .min ... .max, using: &generator)
        nextFrame = now + .milliseconds(Int.random(in: 0..<40, using: &generator))
        nextSound = nextFrame
        // People play one after the other rather than in step.
        sound = Int.random(in: 0..<50, using: &generator)
    }

    var nextDue: MonotonicInstant { min(nextFrame, nextSound) }

    func requestKeyframe(encoding: Int) { wantsKeyframe = true }

    /// Goes on after a pause: the timestamps have run on meanwhile, as those of a camera do, and a keyframe comes first.
    func resume(now: MonotonicInstant) {
        let pause = max((now - nextFrame).wholeNanoseconds, 0)
        videoTimestamp &+= UInt32(truncatingIfNeeded: pause * 90 / 1_000_000)
        audioTimestamp &+= UInt32(truncatingIfNeeded: pause * 48 / 1_000_000)
        (nextFrame, nextSound) = (now, now)
        (wantsKeyframe, lastKeyframe) = (true, nil)
    }

    func send(now: MonotonicInstant, ledger: inout SendLedger) {
        if nextSound <= now { sendSound(now: now) }
        if nextFrame <= now { sendPicture(now: now) }
    }

    private func sendSound(now: MonotonicInstant) {
        let due = nextSound
        nextSound = now - due > .milliseconds(500) ? now + .milliseconds(20) : due + .milliseconds(20)
        let samples = tone.samples(packet: sound)
        sound += 1
        audioTimestamp &+= UInt32(OpusEncoder.samplesPerPacket)
        guard let section = media.audio, let payload = try? audio.encode(samples) else { return }
        let isLoud = samples.contains { abs($0) > 0.01 }
        media.peer.send(
            OutgoingMedia(
                payloadType: section.payloadType, isMarked: false, timestamp: audioTimestamp,
                audioLevel: AudioLevel(level: isLoud ? 28 : 127, hasVoice: isLoud), payload: payload),
            publication: section.publication, capturedAt: due)
    }

    private func sendPicture(now: MonotonicInstant) {
        let due = nextFrame
        let frameTime = Duration.nanoseconds(1_000_000_000 / Int64(framesPerSecond))
        nextFrame = now - due > .milliseconds(500) ? now + frameTime : due + frameTime
        videoTimestamp &+= UInt32(90_000 / framesPerSecond)
        let picture = pattern.picture(frame: frame, clock: Int(due.nanoseconds / 1_000_000) + midnightOffset)
        frame += 1
        let isKeyframeDue = wantsKeyframe && (lastKeyframe.map { now - $0 >= Self.keyframeInterval } ?? true)
        guard let section = media.video, let encoded = try? video.encode(picture, asKeyframe: isKeyframeDue) else {
            return
        }
        if encoded.isKeyframe {
            wantsKeyframe = false
            lastKeyframe = now
        }
        let payloads = packetizer.payloads(of: encoded.octets)
        for (index, payload) in payloads.enumerated() {
            media.peer.send(
                OutgoingMedia(
                    payloadType: section.payloadType, isMarked: index == payloads.count - 1, timestamp: videoTimestamp,
                    payload: payload),
                publication: section.publication, capturedAt: due)
        }
    }
}
