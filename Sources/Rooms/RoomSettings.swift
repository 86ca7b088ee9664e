import RTP

/// What the maker of one room may choose; `RoomsConfiguration.settings` are those of rooms whose maker does not.
package struct RoomSettings: Hashable, Sendable {
    /// Participants in the room at a time, on stage and in the audience.
    package var maximumParticipants = 10_000
    /// Participants on stage at a time.
    package var stageCapacity = 16
    /// Hands raised at a time, and invitations to the stage open at a time.
    package var maximumRequests = 200
    /// Screens that are shared at a time.
    package var screenCapacity = 1
    /// How long an invitation to the stage stands.
    package var invitationLifetime: Duration = .seconds(60)
    /// What happens when the last host has left.
    package var lastHostLeaves = LastHostRule.wait
    /// From the last host's leaving to the room's end, where `lastHostLeaves` is `end`.
    package var lastHostGrace: Duration = .seconds(60)

    /// Whether pages encrypt what they send end to end (`RTCRtpScriptTransform`), so that the server must not read
    /// payloads.
    package var hasEncryptedPayloads = false
    /// Audio codecs, the preferred one first. With `red` in front redundant audio is taken from publishers that offer it,
    /// and unwrapped for viewers that do not; it cannot be where payloads are encrypted.
    package var audioCodecs: [Codec] = [.opus]
    /// Video codecs, the preferred one first.
    package var videoCodecs: [Codec] = [.vp8, .h264, .vp9, .av1]

    package init() {}

    /// Asks publishers for redundant audio (RFC 2198) before any other.
    package mutating func preferRedundantAudio() {
        audioCodecs.removeAll { $0 == .red }
        audioCodecs.insert(.red, at: 0)
    }

    /// The same for a room whose payloads are encrypted or not; `nil`: as it is.
    func encrypted(_ isEncrypted: Bool?) -> RoomSettings {
        guard let isEncrypted, isEncrypted != hasEncryptedPayloads else { return self }
        var settings = self
        settings.hasEncryptedPayloads = isEncrypted
        // It cannot be unwrapped there.
        if isEncrypted { settings.audioCodecs.removeAll { $0 == .red } }
        return settings
    }

    /// What is wrong with the values, one sentence each; empty when they can be used.
    package func validate() -> [String] {
        var problems = ConfigurationProblems()
        problems.check("maximumParticipants", maximumParticipants, 1...1_000_000)
        problems.check("stageCapacity", stageCapacity, 1...1_000)
        problems.check("maximumRequests", maximumRequests, 1...10_000)
        problems.check("screenCapacity", screenCapacity, 1...16)
        problems.check("invitationLifetime", invitationLifetime, .seconds(1) ... .seconds(3_600))
        problems.check("lastHostGrace", lastHostGrace, .zero ... .seconds(86_400))
        if audioCodecs.isEmpty { problems.add("audioCodecs is empty, but must name at least one codec") }
        if hasEncryptedPayloads, audioCodecs.contains(.red) {
            problems.add("audioCodecs names red, which cannot be unwrapped where payloads are encrypted")
        }
        if videoCodecs.isEmpty { problems.add("videoCodecs is empty, but must name at least one codec") }
        for codec in audioCodecs where codec.kind != .audio {
            problems.add("audioCodecs names \(codec.rawValue), which is a video codec")
        }
        for codec in videoCodecs where codec.kind != .video {
            problems.add("videoCodecs names \(codec.rawValue), which is an audio codec")
        }
        return problems.sentences
    }
}

/// Collects what is wrong with a configuration.
struct ConfigurationProblems {
    private(set) var sentences: [String] = []

    mutating func add(_ sentence: String) { sentences.append(sentence) }

    /// Adds a sentence where the value is outside of its range.
    mutating func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) {
        guard !range.contains(value) else { return }
        add("\(name) is \(value), but must be \(range.lowerBound) to \(range.upperBound)")
    }
}
