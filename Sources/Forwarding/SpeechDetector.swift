import Primitives
import RTP

/// Whether somebody speaks in a track, from the levels that come with its packets (RFC 6464): with hysteresis, so that a
/// cough does not count and a pause for breath does not end it.
package struct SpeechDetector: Sendable {
    /// As loud as this, in -dBov, counts whatever it is.
    static let loud: UInt8 = 40
    /// As loud as this counts where the sender hears a voice, and keeps speech going in any case.
    static let audible: UInt8 = 55
    /// Speech begins after so much sound.
    package static let attack = Duration.milliseconds(80)
    /// Sound before a silence of this length does not count towards a beginning.
    static let forgetting = Duration.milliseconds(200)
    /// Speech ends after a silence of this length.
    package static let release = Duration.milliseconds(600)

    private enum State: Sendable {
        /// -> rising at the first sound
        case silent
        /// Sound since the onset. -> speaking when there is enough of it, silent when it stops
        case rising(onset: MonotonicInstant)
        /// -> silent when nothing is heard for `release`
        case speaking(onset: MonotonicInstant)
    }

    private var state = State.silent
    private var lastSound = MonotonicInstant.zero
    /// Smoothed, in -dBov.
    private var smoothed = 127.0

    package init() {}

    /// Whether somebody speaks.
    package var isSpeaking: Bool {
        if case .speaking = state { true } else { false }
    }

    /// When the speech began, from its first sound on; `nil` while nobody speaks.
    package var onset: MonotonicInstant? {
        if case .speaking(let onset) = state { onset } else { nil }
    }

    /// How loud it is lately, 0 (silence) to 1 (overload).
    package var loudness: Double { isSpeaking ? (127 - smoothed) / 127 : 0 }

    /// Notes the level of one packet.
    ///
    /// - Returns: whether speech begins with it.
    package mutating func note(_ level: AudioLevel, at now: MonotonicInstant) -> Bool {
        // Up at once, down slowly: the level of a word is that of its vowels.
        let weight = Double(level.level) < smoothed ? 0.5 : 0.05
        smoothed += (Double(level.level) - smoothed) * weight
        let counts: Bool =
            switch state {
            case .speaking: level.level <= Self.audible
            case .silent, .rising: level.level <= Self.loud || level.hasVoice && level.level <= Self.audible
            }
        guard counts else {
            handleSilence(at: now)
            return false
        }
        defer { lastSound = now }
        switch state {
        case .silent: state = .rising(onset: now)
        case .rising(let onset) where now - lastSound > Self.forgetting:
            _ = onset
            state = .rising(onset: now)
        case .rising(let onset) where now - onset >= Self.attack:
            state = .speaking(onset: onset)
            return true
        case .rising, .speaking: break
        }
        return false
    }

    /// Ends what has been silent for long enough, also where no packets come at all.
    package mutating func handleSilence(at now: MonotonicInstant) {
        switch state {
        case .silent: break
        case .rising: if now - lastSound > Self.forgetting { state = .silent }
        case .speaking:
            guard now - lastSound >= Self.release else { break }
            state = .silent
            smoothed = 127
        }
    }
}
