import Foundation

/// Why a message could not be read.
public struct MessageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The code in the `error` message.
    public var code: ErrorCode
    /// A text for developers: the field, and what was expected.
    public var message: String
    /// The request's id, if it could be read.
    public var id: Int?

    /// An error with a text that names the field and what was expected.
    public init(_ code: ErrorCode, _ message: String, id: Int? = nil) {
        self.code = code
        self.message = message
        self.id = id
    }

    /// Code and text.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The protocol's form of a decoder's error.
    init(_ error: any Error) {
        switch error {
        case let error as MessageError: self = error
        case DecodingError.keyNotFound(let key, let context):
            self.init(.badMessage, "\(Self.name(context.codingPath + [key])) is missing")
        case DecodingError.valueNotFound(let type, let context):
            self.init(.badMessage, "\(Self.name(context.codingPath)) must be \(Self.kind(type)), not null")
        case DecodingError.typeMismatch(let type, let context):
            self.init(.badMessage, "\(Self.name(context.codingPath)) must be \(Self.kind(type))")
        case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty:
            self.init(.badMessage, "the message is not valid JSON")
        case DecodingError.dataCorrupted(let context):
            self.init(.badMessage, "\(Self.name(context.codingPath)): \(context.debugDescription)")
        default:
            self.init(.badMessage, "the message is not valid JSON")
        }
    }

    /// A coding path as a person writes it: `slots[2].mid`.
    static func name(_ path: [any CodingKey]) -> String {
        var text = ""
        for key in path {
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue.prefix(40)
            }
        }
        return text.isEmpty ? "the message" : "`\(text)`"
    }

    private static func kind(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "a boolean"
        case is Int.Type, is UInt32.Type, is UInt16.Type, is UInt8.Type: "an integer"
        case is Double.Type: "a number"
        case is [Any].Type: "an array"
        case is [String: Any].Type: "an object"
        default: "another kind of value"
        }
    }
}
