import Forwarding
import MediaControl
import Primitives
import RTP

// Who speaks: audio levels come in with the packets, changes are told to the control plane.
extension MediaWorker {
    /// Between two events about speech.
    static let speechInterval = Duration.milliseconds(200)
    /// Loudness is told again when it has changed by this, a tenth of 127 dB.
    static let loudnessStep = 0.1

    /// Notes the audio level of a packet.
    func noteLevel(_ level: AudioLevel, of track: PublishedTrack, now: MonotonicInstant) {
        guard track.speech.note(level, at: now) else { return }
        if !speaking.contains(where: { $0.track === track }) { speaking.append((track, nil)) }
        nextSpeech = earliest(nextSpeech, max(lastSpeech.map { $0 + Self.speechInterval } ?? now, now))
    }

    /// Emits `.speakers` for the tracks whose loudness has changed by `loudnessStep` or whose speaker began or ceased, at most
    /// once per `speechInterval`.
    func tellSpeech(now: MonotonicInstant) {
        guard let due = nextSpeech, due <= now else { return }
        var changes: [TrackSpeech] = []
        for index in speaking.indices {
            let track = speaking[index].track
            if router.tracks[track.id] !== track || !track.isOpen { track.speech = SpeechDetector() }
            track.speech.handleSilence(at: now)
            let loudness = track.speech.isSpeaking ? track.speech.loudness : nil
            let told = speaking[index].told
            guard (loudness == nil) != (told == nil) || abs((loudness ?? 0) - (told ?? 0)) >= Self.loudnessStep else {
                continue
            }
            speaking[index].told = loudness
            changes.append(TrackSpeech(track: track.id, loudness: loudness))
        }
        speaking.removeAll { !$0.track.speech.isSpeaking }
        nextSpeech = speaking.isEmpty ? nil : now + Self.speechInterval
        guard !changes.isEmpty else { return }
        lastSpeech = now
        events.append(.speakers(changes))
    }
}
