import Foundation
import NIOCore
import NIOPosix

/// What came back for a request.
struct Reply: Sendable {
    struct Problem: Decodable, Sendable {
        var type: String
        var title: String
        var status: Int
        var code: String
        var detail: String
    }

    var status: Int
    private var fields: [(name: String, value: String)] = []
    var body: String

    init(_ text: String) throws {
        guard let end = text.range(of: "\r\n\r\n") else { throw CancellationError() }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields.append((line[..<colon].lowercased(), String(line[line.index(after: colon)...].dropFirst())))
        }
        body = String(text[end.upperBound...])
    }

    /// The first field of this name.
    subscript(_ name: String) -> String? { all(name).first }

    /// Every field of this name.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name.lowercased() }.map(\.value) }

    /// The body, where it is a problem of RFC 9457.
    var problem: Problem? {
        guard self["Content-Type"] == "application/problem+json" else { return nil }
        return try? JSONDecoder().decode(Problem.self, from: Data(body.utf8))
    }
}

/// Sends one request per connection.
struct HTTPClient: Sendable {
    let port: Int

    /// Sends octets as they are, each after what is to come before it, and reads until the server closes.
    func exchange(_ steps: [(octets: [UInt8], after: String)]) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
            host: "127.0.0.1", port: port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var answer = ByteBuffer()
            var rest = steps[...]
            func sendNext() async throws {
                while let step = rest.first, step.after.isEmpty || String(buffer: answer).contains(step.after) {
                    rest.removeFirst()
                    try? await outbound.write(ByteBuffer(bytes: step.octets))
                }
            }
            try await sendNext()
            do {
                for try await part in inbound {
                    answer.writeImmutableBuffer(part)
                    try await sendNext()
                }
            } catch {}
            return String(buffer: answer)
        }
    }

    func send(
        _ method: String, _ path: String, _ fields: [String: String] = [:], body: String = ""
    ) async throws -> Reply {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += "Content-Length: \(body.utf8.count)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        let text = head + "\r\n" + body
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
            host: "127.0.0.1", port: port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            // The server may refuse and close before it has read everything.
            try? await outbound.write(ByteBuffer(string: text))
            var answer = ByteBuffer()
            do { for try await part in inbound { answer.writeImmutableBuffer(part) } } catch {}
            return try Reply(String(buffer: answer))
        }
    }

    /// Offers as a client of the doors does.
    func post(_ path: String, _ offer: String, _ fields: [String: String] = [:]) async throws -> Reply {
        try await send("POST", path, ["Content-Type": "application/sdp"].merging(fields) { $1 }, body: offer)
    }

    /// Sends a fragment as a client of the doors does.
    func patch(_ path: String, _ fragment: String, _ fields: [String: String]) async throws -> Reply {
        try await send(
            "PATCH", path, ["Content-Type": "application/trickle-ice-sdpfrag"].merging(fields) { $1 }, body: fragment)
    }
}
