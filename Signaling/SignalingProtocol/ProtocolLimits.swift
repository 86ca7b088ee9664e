import Primitives

/// Limits of a client's messages; README.md, "Limits", lists the consequences.
public enum ProtocolLimits {
    /// The WebSocket subprotocol that names this version of the protocol.
    public static let subprotocol = "forestage.v1"
    /// Octets of one message, all its fragments together. An offer of 22 sections has 56 KB before it is trimmed.
    public static let messageSize = 256 * 1024
    /// The nesting depth of arrays and objects; the deepest message of the protocol has 4.
    public static let depth = 16
    /// The largest request id and sequence number: the largest exact integer of JavaScript.
    public static let largestInteger = 9_007_199_254_740_991
    /// Octets of an SDP offer.
    public static let offerSize = 192 * 1024
    /// Octets of an access token.
    public static let tokenSize = 4096
    /// Characters of a room's name, all of them ASCII letters, digits, `-`, `_` or `.`.
    public static let roomNameLength = RoomName.octets.upperBound
    /// Octets of a participant's name in UTF-8.
    public static let nameSize = PersonName.octets.upperBound
    /// Octets of a participant's identity in UTF-8.
    public static let identitySize = PersonName.identityOctets.upperBound
    /// Octets of a role's name.
    public static let roleSize = 64
    /// Octets of a media identification (RFC 9143).
    public static let midSize = 32
    /// Octets of a participant's or track's identifier.
    public static let identifierSize = 64
    /// Slots of one offer or one `view`.
    public static let slots = 64
    /// Publish sections of one offer: one per source, and a second codec of camera and screen.
    public static let publishSections = 6
    /// Measurements in one `telemetry` message.
    public static let measurements = 32
    /// Octets of a measurement's name.
    public static let measurementNameSize = 64
    /// The longest validity of an invitation in minutes: 30 days.
    public static let invitationMinutes = 43_200
    /// The default validity of an invitation in minutes: a day.
    public static let defaultInvitationMinutes = 1_440
    /// The largest number of uses that an invitation may have.
    public static let invitationUses = 1_000_000
    /// Sustained messages per second.
    public static let messagesPerSecond = 30
    /// Messages in a burst after a pause.
    public static let messageBurst = 120
    /// The number of messages that an unreadable one counts as.
    public static let unreadableMessageCost = 10
    /// Sustained octets per second.
    public static let octetsPerSecond = 64 * 1024
    /// Octets in a burst after a pause: four of the largest messages.
    public static let octetBurst = 1024 * 1024
}
