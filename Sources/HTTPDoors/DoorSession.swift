import Admission
import ICE
import Primitives
import Rooms

/// A session that came in by a door: the resource behind its `Location`.
struct DoorSession: Sendable {
    let path: DoorPath
    /// What its URL ends with: 192 random bits, so that knowing it is as good as a password.
    let id: String
    let participant: ParticipantSession
    /// The strong entity-tag of its ICE session (RFC 9725 section 4.3.1), quoted.
    let entityTag: String
    /// The client's, from its offer.
    let credentials: ICECredentials
    /// What it came in with; `nil` without a token.
    let authority: DoorAuthorization.Authority?
    var patches: TokenBucket
    /// Mids of a player's sections whose track it cannot decode now, in the order in which that turned out.
    var undecodable: [String] = []
    /// Sources of a publisher that a viewer cannot decode.
    var unseen: [TrackSource] = []

    /// The two as `Forestage-Cannot-Decode` lists them; `nil` where there is nothing to say.
    var cannotDecode: String? {
        let names = undecodable + unseen.map(\.rawValue)
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }
}
