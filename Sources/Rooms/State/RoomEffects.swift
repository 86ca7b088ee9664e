import MediaControl
import Primitives

/// The effects of a change of the room: commands to its worker, then events to its participants.
///
/// Commands go out before events. Their order: transports open, gates move, slots are filled, transports close, so that a
/// gate is shut before anybody hears of it and no slot is left with a track that is gone. Where the audience has to be seated
/// anew, which takes long in a large room, gates go out before that, and those concerned are told (`prompt`).
struct RoomEffects: Sendable {
    /// One event for one participant.
    struct Delivery: Sendable {
        var participant: ParticipantID
        var event: RoomEvent
    }

    var opening: [MediaCommand] = []
    var gates: [MediaCommand] = []
    /// What slots carry and how large they are shown.
    var fills: [MediaCommand] = []
    var closing: [MediaCommand] = []
    /// Told as soon as the gates have moved.
    var prompt: [Delivery] = []
    var deliveries: [Delivery] = []
    /// Whether the stage has changed as viewers see it: all of them are seated anew, after the gates have moved.
    var seatsAudience = false
    /// Who is no longer in the room; told last.
    var departures: [(participant: ParticipantID, reason: CloseReason)] = []

    /// Whose tokens open the room no more; noted before anybody is told.
    var exclusions: [Credential] = []
    /// For the server's log.
    var facts: [RoomFact] = []

    /// All commands, in the order in which they have to be carried out.
    var commands: [MediaCommand] { opening + gates + fills + closing }

    /// Appends further effects.
    mutating func append(_ more: RoomEffects) {
        opening += more.opening
        gates += more.gates
        fills += more.fills
        closing += more.closing
        prompt += more.prompt
        deliveries += more.deliveries
        departures += more.departures
        exclusions += more.exclusions
        facts += more.facts
        seatsAudience = seatsAudience || more.seatsAudience
    }

    mutating func deliver(_ event: RoomEvent, to participant: ParticipantID) {
        deliveries.append(Delivery(participant: participant, event: event))
    }
}
