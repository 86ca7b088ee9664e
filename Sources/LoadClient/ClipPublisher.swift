import Client
import Primitives
import RTP
import TestMedia

/// Sends a clip over and over, every packet marked. A keyframe is sent by beginning the clip anew.
final class ClipPublisher: MediaPublisher {
    /// Between two keyframes of an encoding: what browsers grant.
    static let keyframeInterval = Duration.milliseconds(300)

    private struct Encoding {
        var position = 0
        var wantsKeyframe = false
        var lastKeyframe: MonotonicInstant?
        /// Whether the encoding is sent. It is not while no viewer wants it.
        var isActive = true
        var packetizer: VP8Packetizer
        /// The number of this stream in the ledger.
        var source: UInt32
        /// Pictures are cut here so that a picture's packets do not leave at once.
        var waiting: [Waiting] = []
    }

    private struct Waiting {
        var due: MonotonicInstant
        var payload: [UInt8]
        var mark: MediaMark?
        var timestamp: UInt32
        var isLast: Bool
        var capturedAt: MonotonicInstant
    }

    private let media: PublishedMedia
    private let clip: MediaClip
    /// How many times the clip's bitrate packets of a picture may leave at; 0: all at once.
    private let pacing: Double
    private var encodings: [Encoding]
    private var audioSource: UInt32
    private var nextFrame: MonotonicInstant
    private var nextSound: MonotonicInstant
    private var videoTimestamp: UInt32
    private var audioTimestamp: UInt32
    private var audioPosition = 0

    /// The ledger's numbers of this publisher's streams.
    private(set) var sources: ClosedRange<UInt32>

    /// - Parameter generator: for first numbers, and for the place within a frame time at which pictures are sent, so
    ///   that publishers do not march in step.
    init(
        media: PublishedMedia, clip: MediaClip, pacing: Double, ledger: inout SendLedger, now: MonotonicInstant,
        generator: inout some RandomNumberGenerator
    ) {
        self.media = media
        self.clip = clip
        self.pacing = pacing
        audioSource = ledger.openSource()
        var last = audioSource
        let count = media.video.map { media.peer.encodings[$0.publication].count } ?? 0
        let publisher = audioSource
        encodings = (0..<min(count, clip.video.count)).map { index in
            last = ledger.openSource(layer: SourceLayer(publisher: publisher, encoding: index))
            return Encoding(
                packetizer: VP8Packetizer(
                    pictureID: .random(in: 0...0x7FFF, using: &generator),
                    tl0PictureIndex: .random(in: 0...255, using: &generator)), source: last)
        }
        sources = audioSource...last
        videoTimestamp = .random(in: .min ... .max, using: &generator)
        audioTimestamp = .random(in: .min ... .max, using: &generator)
        nextFrame =
            now + .microseconds(Int.random(in: 0..<1_000_000 / clip.settings.framesPerSecond, using: &generator))
        nextSound = now + .microseconds(Int.random(in: 0..<20_000, using: &generator))
    }

    /// Resumes after a pause. The RTP clocks have continued, so meters treat the packets as new streams.
    func resume(now: MonotonicInstant, ledger: inout SendLedger) {
        let pause = max((now - nextFrame).wholeNanoseconds, 0)
        videoTimestamp &+= UInt32(truncatingIfNeeded: pause * 90 / 1_000_000)
        audioTimestamp &+= UInt32(truncatingIfNeeded: pause * 48 / 1_000_000)
        (nextFrame, nextSound) = (now, now)
        audioSource = ledger.openSource()
        var last = audioSource
        for index in encodings.indices {
            last = ledger.openSource(layer: SourceLayer(publisher: audioSource, encoding: index))
            encodings[index].source = last
            encodings[index].waiting = []
            encodings[index].position = 0
        }
        sources = audioSource...last
    }

    var nextDue: MonotonicInstant {
        var due = min(nextFrame, nextSound)
        for encoding in encodings {
            if let first = encoding.waiting.first { due = min(due, first.due) }
        }
        return due
    }

    func requestKeyframe(encoding index: Int) {
        if encodings.indices.contains(index) { encodings[index].wantsKeyframe = true }
    }

    /// Sends these encodings, the smallest first; one that comes back begins with a keyframe.
    func activate(_ wanted: [Bool]) {
        for (index, isActive) in wanted.enumerated() where encodings.indices.contains(index) {
            if isActive, !encodings[index].isActive { encodings[index].position = 0 }
            encodings[index].isActive = isActive
        }
    }

    func send(now: MonotonicInstant, ledger: inout SendLedger) {
        if nextSound <= now { sendSound(now: now, ledger: &ledger) }
        if nextFrame <= now { cutPictures(now: now, ledger: ledger) }
        for index in encodings.indices { sendWaiting(of: index, now: now, ledger: &ledger) }
    }

    private func sendSound(now: MonotonicInstant, ledger: inout SendLedger) {
        let due = nextSound
        nextSound = due + .milliseconds(20)
        // After a pause of the whole process, what was missed is left out.
        if now - due > .milliseconds(500) { nextSound = now }
        defer { audioTimestamp &+= UInt32(OpusEncoder.samplesPerPacket) }
        guard let audio = media.audio, !clip.audio.isEmpty else { return }
        var payload = clip.audio[audioPosition]
        audioPosition = (audioPosition + 1) % clip.audio.count
        MediaMark(
            source: audioSource, packet: ledger.nextPacket(of: audioSource), frame: 0,
            sentAtNanoseconds: now.nanoseconds
        ).write(toEndOf: &payload)
        let packet = OutgoingMedia(
            payloadType: audio.payloadType, isMarked: false, timestamp: audioTimestamp,
            audioLevel: AudioLevel(level: 30, hasVoice: true), payload: payload)
        if media.peer.send(packet, publication: audio.publication, capturedAt: due) != nil {
            ledger.noteSending(of: audioSource, at: now)
        }
    }

    private func cutPictures(now: MonotonicInstant, ledger: SendLedger) {
        let due = nextFrame
        let frameTime = Duration.nanoseconds(1_000_000_000 / Int64(clip.settings.framesPerSecond))
        nextFrame = due + frameTime
        if now - due > .milliseconds(500) { nextFrame = now + frameTime }
        for index in encodings.indices where encodings[index].isActive {
            cutPicture(of: index, at: due, now: now, ledger: ledger)
        }
        videoTimestamp &+= UInt32(90_000 / clip.settings.framesPerSecond)
    }

    private func cutPicture(of index: Int, at due: MonotonicInstant, now: MonotonicInstant, ledger: SendLedger) {
        if encodings[index].wantsKeyframe,
            encodings[index].lastKeyframe.map({ now - $0 >= Self.keyframeInterval }) ?? true
        {
            encodings[index].position = 0
        }
        let position = encodings[index].position
        encodings[index].position = (position + 1) % clip.video[index].count
        guard let frame = clip.video[index][position] else { return }
        if position == 0 {
            encodings[index].wantsKeyframe = false
            encodings[index].lastKeyframe = now
        }
        let room = [UInt8](repeating: 0, count: MediaMark.count)
        let payloads = encodings[index].packetizer.payloads(of: frame.octets + room)
        let first = ledger.nextPacket(of: encodings[index].source) &+ UInt32(encodings[index].waiting.count)
        var leaves = now
        for (number, payload) in payloads.enumerated() {
            let isLast = number == payloads.count - 1
            let mark = MediaMark(
                source: encodings[index].source, packet: first &+ UInt32(number),
                frame: UInt16(truncatingIfNeeded: position),
                packetsInFrame: UInt16(truncatingIfNeeded: payloads.count), sentAtNanoseconds: 0)
            encodings[index].waiting.append(
                Waiting(
                    due: leaves, payload: payload, mark: isLast ? mark : nil, timestamp: videoTimestamp,
                    isLast: isLast, capturedAt: due))
            if pacing > 0 {
                let rate = pacing * Double(max(clip.bitsPerSecond(ofEncoding: index), 50_000))
                leaves = leaves + .nanoseconds(Int64(Double(payload.count * 8) / rate * 1e9))
            }
        }
    }

    private func sendWaiting(of index: Int, now: MonotonicInstant, ledger: inout SendLedger) {
        guard let video = media.video else { return }
        var count = 0
        for var waiting in encodings[index].waiting {
            guard waiting.due <= now else { break }
            count += 1
            if var mark = waiting.mark {
                mark.sentAtNanoseconds = now.nanoseconds
                mark.write(toEndOf: &waiting.payload)
            }
            let packet = OutgoingMedia(
                payloadType: video.payloadType, isMarked: waiting.isLast, timestamp: waiting.timestamp,
                payload: waiting.payload)
            _ = media.peer.send(packet, publication: video.publication, encoding: index, capturedAt: waiting.capturedAt)
            ledger.noteSending(of: encodings[index].source, at: now)
        }
        encodings[index].waiting.removeFirst(count)
    }
}
