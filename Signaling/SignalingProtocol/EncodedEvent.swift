import Foundation

/// The JSON of an event without its `seq`: the same for every client that is told, who then differ in a number alone.
public struct EncodedEvent: Sendable {
    /// The members of the object behind `seq`, up to its closing brace.
    private let members: [UInt8]

    /// Octets, without the `seq`.
    public var octets: Int { members.count }

    /// `nil` for a number that JSON cannot hold.
    public init?(_ event: ServerEvent) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        guard let data = try? encoder.encode(WithoutSequence(event: event)) else { return nil }
        members = Array(data.dropFirst())
    }

    /// The text frame of the session's event number `seq`.
    public func text(seq: Int) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(members.count + 32)
        text += "{\"seq\":\(seq),".utf8
        text += members
        return text
    }

    private struct WithoutSequence: Encodable {
        var event: ServerEvent

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: ServerMessage.Key.self)
            try ServerMessage.encode(event, into: &fields)
        }
    }
}
