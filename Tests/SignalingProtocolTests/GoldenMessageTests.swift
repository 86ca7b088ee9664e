import Foundation
import SignalingProtocol
import Testing

/// The examples that the browser SDK's tests read too.
struct GoldenMessageTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Signaling/Golden").standardizedFileURL

    static func names(_ side: String) -> [String] {
        let path = folder.appendingPathComponent(side).path
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasSuffix(".json") }
            .sorted()
    }

    static func read(_ side: String, _ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(side).appendingPathComponent(name))
    }

    /// Equal as JSON, whatever the order of the fields.
    static func same(_ a: Data, _ b: Data) throws -> Bool {
        let a = try #require(try JSONSerialization.jsonObject(with: a) as? NSDictionary)
        let b = try #require(try JSONSerialization.jsonObject(with: b) as? NSDictionary)
        return a == b
    }

    @Test func everyMessageOfBothSidesHasAnExample() throws {
        #expect(Self.names("client").count == 28)
        #expect(Self.names("server").count == 25)
    }

    /// The schema names exactly the messages that have an example.
    @Test(arguments: ["client", "server"])
    func schemaAndExamplesNameTheSameMessages(side: String) throws {
        let path = Self.folder.appendingPathComponent("../Schema/\(side).schema.json").standardizedFileURL
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        let references = try #require(schema["oneOf"] as? [[String: String]])
        let named = Set(references.compactMap { $0["$ref"]?.replacingOccurrences(of: "#/$defs/message.", with: "") })
        let shown = try Set(
            Self.names(side).map { name in
                let object = try JSONSerialization.jsonObject(with: Self.read(side, name)) as? [String: Any]
                return object?["type"] as? String ?? ""
            })
        #expect(named == shown)
    }

    @Test(arguments: names("client"))
    func clientMessageIsReadAndWrittenBack(name: String) throws {
        let example = try Self.read("client", name)
        let request = try ClientRequest(parsing: example)
        #expect(name.hasPrefix(request.message.type))
        #expect(try Self.same(example, JSONEncoder().encode(request)))
    }

    @Test(arguments: names("server"))
    func serverMessageIsReadAndWrittenBack(name: String) throws {
        let example = try Self.read("server", name)
        let message = try ServerMessage(parsing: example)
        let text = try #require(message.text())
        #expect(try Self.same(example, Data(text.utf8)))
    }

    /// What is encoded once for all is what each would get by itself.
    @Test(arguments: names("server"))
    func anEventEncodedForAllIsTheSameMessage(name: String) throws {
        guard case .event(let seq, let event) = try ServerMessage(parsing: try Self.read("server", name)) else {
            return
        }
        let encoded = try #require(EncodedEvent(event))
        for seq in [seq, 1, ProtocolLimits.largestInteger] {
            #expect(try ServerMessage(parsing: encoded.text(seq: seq)) == .event(seq: seq, event))
        }
    }

    /// A later version adds fields; today's readers take no notice.
    @Test(arguments: names("client"))
    func unknownFieldsAreIgnored(name: String) throws {
        let example = try Self.read("client", name)
        var object = try #require(try JSONSerialization.jsonObject(with: example) as? [String: Any])
        object["later"] = ["nested": [1, "two", NSNull()] as [Any]]
        let extended = try JSONSerialization.data(withJSONObject: object)
        #expect(try ClientRequest(parsing: extended) == ClientRequest(parsing: example))
    }

    /// Every field of every example, replaced by another kind of value or left out, gets an error or is optional.
    @Test(arguments: names("client"))
    func mutilatedMessagesNeverTrap(name: String) throws {
        let example = try Self.read("client", name)
        let object = try #require(try JSONSerialization.jsonObject(with: example) as? [String: Any])
        let replacements: [Any] = [
            NSNull(), "", "x", -1, 1.5, 9e99, true, [Any](), [1], [[String: Any]()], [String: Any](),
        ]
        for key in object.keys {
            for value in replacements {
                var mutilated = object
                mutilated[key] = value
                let text = try JSONSerialization.data(withJSONObject: mutilated)
                _ = try? ClientRequest(parsing: text)
            }
            var shortened = object
            shortened[key] = nil
            _ = try? ClientRequest(parsing: try JSONSerialization.data(withJSONObject: shortened))
        }
        for length in stride(from: 0, to: example.count - 2, by: 3) {
            #expect(throws: MessageError.self) { try ClientRequest(parsing: example.prefix(length)) }
        }
    }
}
