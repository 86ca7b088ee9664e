import Foundation
import HTTPServer
import SignalingProtocol
import Testing

@testable import SignalingServer

/// What `GET /v1/rooms/{room}/debug` tells, and to whom.
@Suite struct DebugTests {
    private static let token = "0123456789abcdef"

    private func get(_ port: Int, _ path: String, bearer: String? = nil) async throws -> (status: Int, body: String) {
        let headers = bearer.map { ["Authorization: Bearer \($0)"] } ?? []
        let answer = try await RawClient.connect(port) { try await $0.http("GET \(path)", headers: headers) }
        let status = try #require(answer.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return (status, answer.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n"))
    }

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func eachParticipantTrackAndSlotIsTold() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { host in
                guard case .joined = try await host.join(1, role: "host", name: "Ada") else {
                    Issue.record("the host did not come in")
                    return
                }
                let (status, body) = try await get(port, "/v1/rooms/friday/debug")
                #expect(status == 200)
                let document = try object(body)
                #expect(document["room"] as? String == "friday" && document["participantCount"] as? Int == 1)
                let people = try #require(document["participants"] as? [[String: Any]])
                let ada = try #require(people.first)
                #expect(ada["name"] as? String == "Ada" && ada["standing"] as? String == "onStage")
                #expect((ada["waiting"] as? [String: Any])?["for"] as? String == "connection")
                let transport = try #require(ada["transport"] as? [String: Any])
                #expect(transport["established"] as? Bool == true)
                #expect(transport["drops"] as? [String: Int] == ["gateClosed": 3])
                let tracks = try #require(ada["tracks"] as? [[String: Any]])
                #expect(tracks.map { $0["source"] as? String }.contains("camera"))
                let slots = try #require(ada["slots"] as? [[String: Any]])
                let slot = try #require(slots.first { $0["mid"] as? String == "4" })
                #expect(slot["activity"] as? String == "waiting")
                let waiting = try #require(slot["waiting"] as? [String: Any])
                #expect(waiting["for"] as? String == "keyframe" && waiting["seconds"] as? Double == 2.5)
                let other = try await get(port, "/v1/rooms/friday/debug?participant=nobody")
                #expect((try object(other.body)["participants"] as? [Any])?.isEmpty == true)
                #expect(try await get(port, "/v1/rooms/friday/debug?from=x").status == 400)
                #expect(try await get(port, "/v1/rooms/monday/debug").status == 404)
                #expect(try await get(port, "/v1/rooms//debug").status == 404, "a room has a name")
            }
        }
    }

    @Test func itIsForOperatorsAlone() async throws {
        try await SignalingClient.withService(isDevelopment: false) { port in
            let (status, body) = try await get(port, "/v1/rooms/friday/debug")
            #expect(status == 403 && body.contains("metrics.token"))
        }
        try await SignalingClient.withService(isDevelopment: false) {
            $0.metricsToken = Self.token
        } _: { port in
            for (bearer, expected) in [(nil, 401), (Self.token + "0", 401), (Self.token, 404)] as [(String?, Int)] {
                let (status, _) = try await get(port, "/v1/rooms/friday/debug", bearer: bearer)
                #expect(status == expected)
            }
        }
    }
}
