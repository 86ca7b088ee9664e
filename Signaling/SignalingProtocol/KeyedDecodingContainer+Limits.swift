import Primitives

/// Reading with a limit, so that each one is checked where its field is read.
extension KeyedDecodingContainer {
    /// A string of at most `limit` octets.
    func string(_ key: Key, atMost limit: Int, orEmpty: Bool = false) throws -> String {
        let text = try decode(String.self, forKey: key)
        let name = MessageError.name(codingPath + [key])
        guard text.utf8.count <= limit else {
            throw MessageError(.limitExceeded, "\(name) has \(text.utf8.count) octets, at most \(limit) are taken")
        }
        guard orEmpty || !text.isEmpty else { throw MessageError(.badMessage, "\(name) is empty") }
        return text
    }

    /// The same, `nil` where the field is absent or null.
    func stringIfPresent(_ key: Key, atMost limit: Int, orEmpty: Bool = false) throws -> String? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try string(key, atMost: limit, orEmpty: orEmpty)
    }

    /// What a person is shown as; `nil` where the field is absent or null.
    func personName(_ key: Key) throws -> String? {
        try string(key, atMost: ProtocolLimits.nameSize) { PersonName.problem($0) }
    }

    /// Who a person is; `nil` where the field is absent or null.
    func identity(_ key: Key) throws -> String? {
        try string(key, atMost: ProtocolLimits.identitySize) { PersonName.problem(identity: $0) }
    }

    private func string(_ key: Key, atMost limit: Int, _ problem: (String) -> String?) throws -> String? {
        guard let text = try stringIfPresent(key, atMost: limit, orEmpty: true) else { return nil }
        if let problem = problem(text) {
            throw MessageError(.badMessage, "\(MessageError.name(codingPath + [key])) \(problem)")
        }
        return text
    }

    /// An array of at most `limit` entries whose `key` is different in each.
    func array<Entry: Decodable>(
        _ key: Key, atMost limit: Int, eachOnce unique: (name: String, value: (Entry) -> String)...
    ) throws -> [Entry] {
        let name = MessageError.name(codingPath + [key])
        var container = try nestedUnkeyedContainer(forKey: key)
        var entries: [Entry] = []
        while !container.isAtEnd {
            guard entries.count < limit else {
                throw MessageError(.limitExceeded, "\(name) has more than \(limit) entries")
            }
            entries.append(try container.decode(Entry.self))
        }
        for (field, value) in unique {
            var seen: Set<String> = []
            for entry in entries where !seen.insert(value(entry)).inserted {
                throw MessageError(.badMessage, "\(name) names the \(field) \"\(value(entry))\" twice")
            }
        }
        return entries
    }

    /// An integer from 0 to `ProtocolLimits.largestInteger`.
    func count(_ key: Key) throws -> Int { try integer(key, in: 0...ProtocolLimits.largestInteger) }

    /// The same, `nil` where the field is absent or null.
    func countIfPresent(_ key: Key) throws -> Int? {
        try integerIfPresent(key, in: 0...ProtocolLimits.largestInteger)
    }

    /// An integer within `range`.
    /// - Parameter code: of the error for a number beyond it.
    func integer(_ key: Key, in range: ClosedRange<Int>, _ code: ErrorCode = .badMessage) throws -> Int {
        let value: Int
        do {
            value = try decode(Int.self, forKey: key)
        } catch  where isUnreadableNumber(error) {
            throw outOfRange(key, range, (try? decode(Double.self, forKey: key)).map { "\($0)" }, .badMessage)
        }
        guard range.contains(value) else { throw outOfRange(key, range, "\(value)", code) }
        return value
    }

    /// The same, `nil` where the field is absent or null.
    func integerIfPresent(
        _ key: Key, in range: ClosedRange<Int>, _ code: ErrorCode = .badMessage
    ) throws -> Int? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try integer(key, in: range, code)
    }

    private func outOfRange(
        _ key: Key, _ range: ClosedRange<Int>, _ value: String?, _ code: ErrorCode
    ) -> MessageError {
        let highest = range.upperBound == ProtocolLimits.largestInteger ? "2^53 - 1" : "\(range.upperBound)"
        return MessageError(
            code,
            "\(MessageError.name(codingPath + [key])) must be an integer from \(range.lowerBound) to \(highest)"
                + (value.map { ", not \($0)" } ?? "; the number that came cannot be read"))
    }
}

/// Whether the decoder found a number that the wanted type does not hold. It reports that without the field, and not always
/// as a `DecodingError`.
func isUnreadableNumber(_ error: any Error) -> Bool {
    switch error {
    case DecodingError.typeMismatch, DecodingError.valueNotFound, DecodingError.keyNotFound: false
    default: true
    }
}
