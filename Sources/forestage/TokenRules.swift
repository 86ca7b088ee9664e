import Primitives
import Rooms

/// What the server takes of a token's room, role and names, told before the token is made and not by refusing it.
enum TokenRules {
    /// A year: a lost token is good for as long.
    static let longestMinutes = 366 * 24 * 60

    /// For people.
    static let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")

    static func problem(room: String) -> String? {
        RoomName.isValid(room) ? nil : "--room must be \(RoomName.rule), not \(quoted(room))"
    }

    static func problem(role: String) -> String? {
        Role(rawValue: role) == nil ? "--role must be one of \(roles), not \(quoted(role))" : nil
    }

    static func problem(identity: String) -> String? {
        PersonName.problem(identity: identity).map { "--identity \($0)" }
    }

    static func problem(name: String) -> String? { PersonName.problem(name).map { "--name \($0)" } }

    static func problem(minutes: Int) -> String? {
        (1...longestMinutes).contains(minutes) ? nil : "--minutes must be 1 to \(longestMinutes), not \(minutes)"
    }
}
