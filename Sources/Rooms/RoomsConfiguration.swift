import RTP

/// Everything about rooms that an operator may set, with its defaults.
package struct RoomsConfiguration: Hashable, Sendable {
    /// Rooms at a time.
    package var maximumRooms = 1_000
    /// Participants in a room at a time, on stage and in the audience.
    package var maximumParticipants = 10_000
    /// Participants on stage at a time.
    package var stageCapacity = 16
    /// Hands raised at a time, and invitations open at a time.
    package var maximumRequests = 200
    /// Screens that are shared at a time.
    package var screenCapacity = 1
    /// Slots that one participant may offer. A session of the usual seats has 17.
    package var maximumSlots = 64
    /// Octets of UTF-8 in a room's name.
    package var maximumRoomNameOctets = 64
    /// Octets of UTF-8 in an identity, and in a participant's name.
    package var maximumNameOctets = 128
    /// Attributes of a participant.
    package var maximumAttributes = 16
    /// Octets of UTF-8 in an attribute's key and value together.
    package var maximumAttributeOctets = 512
    /// Events that may wait unread for a participant; at this number it is closed as a slow consumer.
    package var eventBacklog = 512

    /// How long an empty room is kept.
    package var emptyRoomGrace: Duration = .seconds(30)
    /// How long a participant is kept whose signaling is gone while its media still flows.
    package var signalingGrace: Duration = .seconds(30)
    /// How long a participant is kept whose signaling is gone and whose media never came.
    package var silentGrace: Duration = .seconds(8)
    /// What becomes of a room whose last host has left.
    package var lastHostLeaves = LastHostRule.wait
    /// From the last host's leaving to the room's end, where `lastHostLeaves` is `end`.
    package var lastHostGrace: Duration = .seconds(60)
    /// How long an invitation to the stage stands.
    package var invitationLifetime: Duration = .seconds(60)
    /// The shortest time between two announcements of the audience's size.
    package var audienceInterval: Duration = .seconds(1)

    /// Whether anybody's join makes the room (development mode).
    package var createsRoomsOnDemand = false
    /// Whether pages encrypt what they send end to end (`RTCRtpScriptTransform`), so that payloads tell nothing, in rooms
    /// whose maker does not say.
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

    /// The same for one room whose payloads are encrypted or not; `nil`: by default.
    func forRoom(isEncrypted: Bool?) -> RoomsConfiguration {
        guard let isEncrypted, isEncrypted != hasEncryptedPayloads else { return self }
        var configuration = self
        configuration.hasEncryptedPayloads = isEncrypted
        // It cannot be unwrapped there.
        if isEncrypted { configuration.audioCodecs.removeAll { $0 == .red } }
        return configuration
    }

    /// What is wrong with the values, one sentence each; empty when they can be used.
    package func validate() -> [String] {
        var problems: [String] = []
        let counts: [(String, Int, ClosedRange<Int>)] = [
            ("maximumRooms", maximumRooms, 1...1_000_000),
            ("maximumParticipants", maximumParticipants, 1...1_000_000),
            ("stageCapacity", stageCapacity, 1...1_000),
            ("maximumRequests", maximumRequests, 1...10_000),
            ("screenCapacity", screenCapacity, 1...16),
            ("maximumSlots", maximumSlots, 1...256),
            ("maximumRoomNameOctets", maximumRoomNameOctets, 1...1_024),
            ("maximumNameOctets", maximumNameOctets, 1...1_024),
            ("maximumAttributes", maximumAttributes, 0...256),
            ("maximumAttributeOctets", maximumAttributeOctets, 1...65_536),
            ("eventBacklog", eventBacklog, 16...65_536),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            problems.append("\(name) is \(value), but must be \(range.lowerBound) to \(range.upperBound)")
        }
        let times: [(String, Duration, ClosedRange<Duration>)] = [
            ("emptyRoomGrace", emptyRoomGrace, .zero ... .seconds(86_400)),
            ("signalingGrace", signalingGrace, .zero ... .seconds(3_600)),
            ("silentGrace", silentGrace, .zero ... .seconds(3_600)),
            ("lastHostGrace", lastHostGrace, .zero ... .seconds(86_400)),
            ("invitationLifetime", invitationLifetime, .seconds(1) ... .seconds(3_600)),
            ("audienceInterval", audienceInterval, .milliseconds(100) ... .seconds(60)),
        ]
        for (name, value, range) in times where !range.contains(value) {
            problems.append("\(name) is \(value), but must be \(range.lowerBound) to \(range.upperBound)")
        }
        if audioCodecs.isEmpty { problems.append("audioCodecs is empty, but must name at least one codec") }
        if hasEncryptedPayloads, audioCodecs.contains(.red) {
            problems.append("audioCodecs names red, which cannot be unwrapped where payloads are encrypted")
        }
        if videoCodecs.isEmpty { problems.append("videoCodecs is empty, but must name at least one codec") }
        for codec in audioCodecs where codec.kind != .audio {
            problems.append("audioCodecs names \(codec.rawValue), which is a video codec")
        }
        for codec in videoCodecs where codec.kind != .video {
            problems.append("videoCodecs names \(codec.rawValue), which is an audio codec")
        }
        return problems
    }
}
