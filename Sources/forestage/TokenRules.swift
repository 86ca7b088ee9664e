import Rooms
import SignalingProtocol

/// What the server takes of a token's room, role and names, told before the token is made and not by refusing it.
enum TokenRules {
    /// A year: a lost token is good for as long.
    static let longestMinutes = 366 * 24 * 60

    /// For people.
    static let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")

    static func problem(room: String) -> String? {
        guard !JoinMessage.isRoomName(room) else { return nil }
        return "--room must be 1 to \(ProtocolLimits.roomNameLength) of A-Z a-z 0-9 - _ ., not \(quoted(room))"
    }

    static func problem(role: String) -> String? {
        Role(rawValue: role) == nil ? "--role must be one of \(roles), not \(quoted(role))" : nil
    }

    static func problem(_ option: String, _ text: String, orEmpty: Bool) -> String? {
        let octets = (orEmpty ? 0 : 1)...RoomsConfiguration().maximumNameOctets
        guard !octets.contains(text.utf8.count) else { return nil }
        return "\(option) must have \(octets.lowerBound) to \(octets.upperBound) octets, not \(text.utf8.count)"
    }

    static func problem(minutes: Int) -> String? {
        (1...longestMinutes).contains(minutes) ? nil : "--minutes must be 1 to \(longestMinutes), not \(minutes)"
    }
}
