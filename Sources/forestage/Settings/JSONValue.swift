/// A JSON value (RFC 8259) together with the place where it stands, so that a problem can name its line.
struct JSONValue: Sendable {
    /// Line and column, both counted from 1, the column in characters.
    struct Place: Hashable, Sendable, CustomStringConvertible {
        var line: Int
        var column: Int

        var description: String { "\(line):\(column)" }
    }

    /// One member of an object. Names may occur twice: the reader of the value decides what that means.
    struct Member: Sendable {
        var name: String
        var place: Place
        var value: JSONValue
    }

    enum Content: Sendable {
        case object([Member])
        case array([JSONValue])
        case text(String)
        /// As it is spelled: whether it fits an `Int` is for its reader to say.
        case number(String)
        case bool(Bool)
        case null
    }

    var place: Place
    var content: Content
}

/// Why a text is not JSON: the place, what was expected and what came.
struct JSONProblem: Error, Hashable, Sendable {
    var place: JSONValue.Place
    var message: String
}
