import Primitives

/// A published track as the room's participants know it.
package struct TrackInfo: Hashable, Sendable {
    package var track: TrackID
    package var source: TrackSource
    /// The number in the CSRC list of the packets that carry this track.
    package var csrc: UInt32
    package var isMuted: Bool

    package init(track: TrackID, source: TrackSource, csrc: UInt32, isMuted: Bool) {
        self.track = track
        self.source = source
        self.csrc = csrc
        self.isMuted = isMuted
    }
}

/// The standing and tracks of one participant. A newer change replaces an older one as a whole.
package struct StageChange: Hashable, Sendable {
    package var participant: ParticipantID
    package var name: String
    package var role: Role
    package var standing: StageStanding
    /// The position on stage or among the raised hands, lower first, with gaps; 0 in the audience.
    package var order: UInt64
    /// The published tracks; only while on stage.
    package var tracks: [TrackInfo]
    /// Whether the participant's signaling is gone.
    package var isAway: Bool

    package init(
        participant: ParticipantID, name: String, role: Role, standing: StageStanding, order: UInt64,
        tracks: [TrackInfo], isAway: Bool = false
    ) {
        self.participant = participant
        self.name = name
        self.role = role
        self.standing = standing
        self.order = order
        self.tracks = tracks
        self.isAway = isAway
    }
}

/// The stage at one version.
package struct StageSnapshot: Hashable, Sendable {
    package var version: UInt64
    /// Those on stage, in stage order.
    package var members: [StageChange]
    /// Those who raised a hand, in order, and those invited; empty for participants who may not moderate.
    package var requests: [StageChange]

    package init(version: UInt64, members: [StageChange], requests: [StageChange]) {
        self.version = version
        self.members = members
        self.requests = requests
    }
}

/// What changed on the stage. Versions rise but may skip numbers, because raised hands are told only to those who
/// moderate.
package struct StageDelta: Hashable, Sendable {
    /// The version after the changes.
    package var version: UInt64
    /// In the order in which they happened.
    package var changes: [StageChange]

    package init(version: UInt64, changes: [StageChange]) {
        self.version = version
        self.changes = changes
    }
}
