import Foundation
import TestSupport
import Testing

@testable import HTTPDoors

/// HTTP as clients speak it, at the doors.
struct HTTPRulesTests {
    private func fixture(_ name: String) throws -> [UInt8] { Array(try Fixture.data("use/\(name).http")) }

    /// What a server answers to a fixture alone.
    private func answer(to name: String) async throws -> String {
        let octets = try fixture(name)
        return try await withAnswer { try await $0.exchange([(octets, "")]) }
    }

    private func withAnswer(_ body: @escaping @Sendable (HTTPClient) async throws -> String) async throws -> String {
        let (answers, found) = AsyncStream<String>.makeStream()
        try await DoorHouse.open { house async throws in
            found.yield(try await body(house.http))
            found.finish()
        }
        for await answer in answers { return answer }
        return ""
    }

    /// The offer that the fixtures post.
    private func offer() throws -> [UInt8] {
        let octets = try fixture("no-host")
        let end = try #require(octets.firstRange(of: Array("\r\n\r\n".utf8)))
        return Array(octets[end.upperBound...])
    }

    @Test func expect100ContinueGetsItBeforeTheBodyComes() async throws {
        let head = try fixture("expect-continue")
        let body = try offer()
        let closing = Array("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        let answer = try await withAnswer {
            try await $0.exchange([(head, ""), (body, "HTTP/1.1 100 Continue\r\n\r\n"), (closing, " 201 ")])
        }
        #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n"), "\(answer)")
    }

    @Test func continueIsSaidOnceAndInItsTurn() async throws {
        // Two requests in one write: the second waits for its body until the first is answered.
        let head = try fixture("expect-continue")
        let first = Array("GET /whip/a HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        let body = try offer()
        let closing = Array("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        let answer = try await withAnswer {
            try await $0.exchange([(first + head, ""), (body, " 100 "), (closing, " 201 ")])
        }
        let statuses = answer.matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.1) }
        #expect(statuses == ["204", "100", "201", "404"], "\(answer)")
    }

    @Test func anExpectationThatNobodyKnowsIs417() async throws {
        let answer = try await withAnswer {
            "\(try await $0.send("POST", "/whip/x", ["Expect": "the-inquisition"]).status)"
        }
        #expect(answer == "417")
    }

    @Test func anEncodedBodyIs415() async throws {
        let answer = try await answer(to: "body-gzip")
        #expect(answer.hasPrefix("HTTP/1.1 415 ") && answer.contains("Accept-Encoding: identity\r\n"), "\(answer)")
        #expect(answer.contains("\"code\":\"unsupportedMediaType\""))
    }

    @Test func http11WithoutHostIs400() async throws {
        let answer = try await answer(to: "no-host")
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("Host"), "\(answer)")
    }

    @Test(arguments: [
        ("HTTP/1.0", [], "204"), ("HTTP/1.1", ["Host: a", "Host: b"], "400"), ("HTTP/1.1", ["Host: a/b"], "400"),
        ("HTTP/1.1", ["Host: user@a"], "400"), ("HTTP/1.1", ["Host:"], "204"), ("HTTP/1.1", ["Host: [::1]:80"], "204"),
        // What the server tells itself cannot be told from outside.
        ("HTTP/1.1", ["Host: a", "Forestage-Request-Fault: host"], "204"),
    ])
    func hostIsHeldToRFC9112(_ version: String, _ hosts: [String], _ status: String) async throws {
        let head = (["GET /whip/x \(version)"] + hosts + ["Connection: close", "", ""]).joined(separator: "\r\n")
        let answer = try await withAnswer { try await $0.exchange([(Array(head.utf8), "")]) }
        #expect(answer.dropFirst(9).prefix(3) == status, "\(answer)")
    }

    @Test(arguments: [".", "..", "%2e", "%2E%2e", "..%2f", "%2e."])
    func roomsThatURLsResolveAwayAre404(_ room: String) async throws {
        try await DoorHouse.open { house async throws in
            for path in ["/whip/\(room)", "/whep/\(room)", "/whip/\(room)/id"] {
                let reply = try await house.http.post(path, DoorHouse.publishing())
                #expect(reply.status == 404 && reply.problem?.code == "notFound", "\(path)")
            }
        }
        #expect(try await answer(to: "room-dot-dot").hasPrefix("HTTP/1.1 404 "))
    }

    @Test(arguments: ["a", "...", ".a", "a..b", "-", "_", "A.B-c_d", "%41b", "0"])
    func theLocationSurvivesResolution(_ room: String) async throws {
        try await DoorHouse.open { house async throws in
            let url = try #require(URL(string: "http://localhost:\(house.http.port)/whip/\(room)?name=x"))
            let location = try house.location(await house.http.post("/whip/\(room)?name=x", DoorHouse.publishing()))
            // As a client does: relative to the URL of its request (RFC 9110 section 10.2.2).
            let resolved = try #require(URL(string: location, relativeTo: url)?.absoluteURL)
            #expect(resolved.path == location)
            #expect(try await house.http.send("DELETE", resolved.path).status == 200)
        }
    }

    @Test func methodsThatADoorDoesNotTakeAre405WithAllow() async throws {
        try await DoorHouse.open { house async throws in
            let session = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            for method in ["PUT", "TRACE", "PROPFIND", "PATCH"] {
                let reply = try await house.http.send(method, "/whip/stage")
                #expect(reply.status == 405 && reply["Allow"] == "POST, OPTIONS, GET, HEAD", "\(method)")
            }
            for method in ["PUT", "POST", "MKCOL"] {
                let reply = try await house.http.send(method, session)
                #expect(reply.status == 405 && reply["Allow"] == "PATCH, DELETE, OPTIONS, GET, HEAD", "\(method)")
            }
            // One that no server knows.
            #expect(try await house.http.send("BREW", "/whip/stage").status == 501)
        }
    }
}
