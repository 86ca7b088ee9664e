import MediaControl
import Primitives

/// What a change of the room asks for: commands to its worker, then events to its participants.
///
/// The commands go out before the events, in one piece. Their order: transports open, gates move, slots are filled,
/// transports close, so that a gate is shut before anybody hears of it and no slot is left with a track that is gone.
struct RoomEffects: Sendable {
    /// One event for one participant.
    struct Delivery: Sendable {
        var participant: ParticipantID
        var event: RoomEvent
    }

    var opening: [MediaCommand] = []
    var gates: [MediaCommand] = []
    var fills: [MediaCommand] = []
    var closing: [MediaCommand] = []
    var deliveries: [Delivery] = []
    /// Who is no longer in the room; told last.
    var departures: [(participant: ParticipantID, reason: CloseReason)] = []

    /// Whose tokens open the room no more; noted before anybody is told.
    var exclusions: [Credential] = []
    /// For the server's log.
    var facts: [RoomFact] = []

    /// All commands, in the order in which they have to be carried out.
    var commands: [MediaCommand] { opening + gates + fills + closing }

    mutating func deliver(_ event: RoomEvent, to participant: ParticipantID) {
        deliveries.append(Delivery(participant: participant, event: event))
    }
}
