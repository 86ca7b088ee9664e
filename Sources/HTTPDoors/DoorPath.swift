import Foundation
import Primitives

/// What a path of one of the doors names: `/whip/{room}` and `/whep/{room}`, or a session below them.
enum DoorPath: Hashable, Sendable {
    /// Takes offers (RFC 9725 section 4.2: the WHIP endpoint).
    case endpoint(Door, room: String)
    /// One session, `/whip/{room}/{session}`.
    case session(Door, room: String, id: String)
    /// Below a door, but nothing.
    case unknown

    /// `nil` where the path is of no door. `path` is as in the request, without the query.
    init?(_ path: String) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        guard let first = parts.first, let door = Door(rawValue: String(first)) else { return nil }
        let names = parts.dropFirst().map { $0.removingPercentEncoding ?? "" }
        switch names.count {
        case 1 where RoomName.isValid(names[0]): self = .endpoint(door, room: names[0])
        case 2 where RoomName.isValid(names[0]): self = .session(door, room: names[0], id: names[1])
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
}
