import Foundation

/// What a path of one of the doors names: `/whip/{room}` and `/whep/{room}`, or a session below them.
enum DoorPath: Hashable, Sendable {
    /// Takes offers (RFC 9725 section 4.2: the WHIP endpoint).
    case endpoint(Door, room: String)
    /// One session, `/whip/{room}/{session}`.
    case session(Door, room: String, id: String)
    /// Below a door, but nothing.
    case unknown

    /// Octets of a room's name.
    static let roomNameOctets = 1...64

    /// `nil` where the path is of no door. `path` is as in the request, without the query.
    init?(_ path: String) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        guard let first = parts.first, let door = Door(rawValue: String(first)) else { return nil }
        let names = parts.dropFirst().map { $0.removingPercentEncoding ?? "" }
        switch names.count {
        case 1 where Self.isRoomName(names[0]): self = .endpoint(door, room: names[0])
        case 2 where Self.isRoomName(names[0]): self = .session(door, room: names[0], id: names[1])
        default: self = .unknown
        }
    }

    /// The room's name; empty where there is none.
    var room: String {
        switch self {
        case .endpoint(_, let room), .session(_, let room, _): room
        case .unknown: ""
        }
    }

    /// The path as a `Location` says it.
    var text: String {
        switch self {
        case .endpoint(let door, let room): "/\(door.rawValue)/\(room)"
        case .session(let door, let room, let id): "/\(door.rawValue)/\(room)/\(id)"
        case .unknown: "/"
        }
    }

    /// The rule of the room's other fronts: whoever comes in by a door can be met there. `.` and `..` are no names: a
    /// client that resolves a `Location` with them comes to another path (RFC 3986 section 5.2.4).
    static func isRoomName(_ name: String) -> Bool {
        roomNameOctets.contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
