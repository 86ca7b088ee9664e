import MediaControl
import Primitives

/// The participants of a room, found by their id, identity, transport or track.
struct Roster: Sendable {
    private var participants: [ParticipantID: Participant] = [:]
    /// Everybody, in the order in which they came; ids rise with it.
    private(set) var ids: [ParticipantID] = []
    private var byIdentity: [String: ParticipantID] = [:]
    private var byTransport: [TransportID: ParticipantID] = [:]
    private var byTrack: [TrackID: ParticipantID] = [:]
    private var moderatorIDs: Set<ParticipantID> = []
    /// Those who manage the room.
    private(set) var hosts: Set<ParticipantID> = []

    var count: Int { participants.count }
    var isEmpty: Bool { participants.isEmpty }
    /// Those who see raised hands and invitations, in the order in which they came.
    var moderators: [ParticipantID] { moderatorIDs.sorted() }

    /// The participant. Whoever changes its connection, publications or permissions calls `index` afterwards.
    subscript(_ id: ParticipantID) -> Participant? {
        get { participants[id] }
        _modify { yield &participants[id] }
    }

    func id(identity: String) -> ParticipantID? { byIdentity[identity] }
    func id(transport: TransportID) -> ParticipantID? { byTransport[transport] }
    func id(track: TrackID) -> ParticipantID? { byTrack[track] }

    /// Adds one whose id is higher than all before.
    mutating func add(_ participant: Participant) {
        participants[participant.id] = participant
        ids.append(participant.id)
        byIdentity[participant.identity] = participant.id
        index(participant.id)
    }

    mutating func remove(_ id: ParticipantID) -> Participant? {
        guard let participant = participants.removeValue(forKey: id) else { return nil }
        ids.removeAll { $0 == id }
        if byIdentity[participant.identity] == id { byIdentity[participant.identity] = nil }
        if let transport = participant.transport { byTransport[transport] = nil }
        for track in participant.publications.flatMap(\.trackIDs) { byTrack[track] = nil }
        moderatorIDs.remove(id)
        hosts.remove(id)
        return participant
    }

    /// Notes the participant's transport and tracks, and whether it moderates.
    mutating func index(_ id: ParticipantID) {
        guard let participant = participants[id] else { return }
        if let transport = participant.transport { byTransport[transport] = id }
        for track in participant.publications.flatMap(\.trackIDs) { byTrack[track] = id }
        if participant.permissions.canModerate { moderatorIDs.insert(id) } else { moderatorIDs.remove(id) }
        if participant.permissions.canManageRoom { hosts.insert(id) } else { hosts.remove(id) }
    }
}
