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
    func count(_ key: Key) throws -> Int {
        let value = try decode(Int.self, forKey: key)
        guard (0...ProtocolLimits.largestInteger).contains(value) else {
            throw MessageError(
                .badMessage, "\(MessageError.name(codingPath + [key])) must be an integer from 0 to 2^53 - 1")
        }
        return value
    }

    /// An integer within `range`; `nil` where the field is absent or null.
    func countIfPresent(_ key: Key, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = try countIfPresent(key) else { return nil }
        guard range.contains(value) else {
            throw MessageError(
                .limitExceeded,
                "\(MessageError.name(codingPath + [key])) must be \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// The same, `nil` where the field is absent or null.
    func countIfPresent(_ key: Key) throws -> Int? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try count(key)
    }
}
