import MediaControl
import Primitives

/// State of a room and of its worker at one instant, for operators who look for the cause of a frozen picture.
package struct RoomReport: Sendable {
    /// Participants of one report: the worker builds their snapshots within one turn.
    package static let maximumParticipants = 100

    package var info: RoomInfo
    package var worker: WorkerInfo
    /// Participants in the room, whether or not they are in this report.
    package var participantCount: Int
    /// Those on stage first, in the order of the stage, then the others in the order in which they came.
    package var participants: [ParticipantReport]
}

/// State of one participant; see `RoomReport`.
package struct ParticipantReport: Sendable {
    package var info: ParticipantInfo
    /// Whether the participant has negotiated media; `false` before its first offer.
    package var hasMedia: Bool
    /// Whether the room was told that the handshake of the participant's transport is complete.
    package var isConnected: Bool
    /// Whether the worker hears nothing of the transport.
    package var isSilent: Bool
    /// How long its signaling has been lost; `nil` while it is there.
    package var awayFor: Duration?
    /// How often its client has resumed on another connection.
    package var resumes: Int
    /// Time since a moderator approved the participant, until the first packet comes through the gate; else `nil`.
    package var awaitsFirstPacketFor: Duration?
    package var publications: [PublicationReport]
    /// The slots as the viewer was told of them.
    package var slots: [SlotInfo]
    /// The worker's state of the transport; `nil` if the worker has no such transport.
    package var transport: TransportSnapshot?
}

/// State of one section in which a participant publishes; see `RoomReport`.
package struct PublicationReport: Sendable {
    package var track: TrackID
    package var source: TrackSource
    /// Whether it is the source's second codec, which is sent while somebody needs it.
    package var isSecond: Bool
    /// Whether the client says that it sends.
    package var isAnnounced: Bool
    /// Whether the participant may publish this source.
    package var isPermitted: Bool
    /// Whether the client says that it is silent or black.
    package var isMuted: Bool
    /// Whether a moderator muted it.
    package var isSilenced: Bool
    /// Whether the room has told the worker to let packets through.
    package var isOpen: Bool
}

extension ParticipantReport {
    init(_ participant: Participant, standing: StageStanding, now: MonotonicInstant) {
        info = participant.info(standing: standing)
        hasMedia = participant.transport != nil
        isConnected = participant.isConnected
        isSilent = participant.isSilent
        awayFor = participant.awaySince.map { now - $0 }
        resumes = participant.attachment
        awaitsFirstPacketFor = participant.promotedAt.map { now - $0 }
        publications = participant.publications.flatMap { publication in
            let report = PublicationReport(
                track: publication.track, source: publication.source, isSecond: false,
                isAnnounced: publication.isAnnounced,
                isPermitted: participant.permissions.publish.contains(publication.source), isMuted: publication.isMuted,
                isSilenced: publication.isSilenced, isOpen: publication.isOpen)
            guard let second = publication.second else { return [report] }
            var secondReport = report
            secondReport.track = second.track
            secondReport.isSecond = true
            secondReport.isOpen = second.isOpen
            return [report, secondReport]
        }
        slots = participant.seating.snapshot
    }
}
