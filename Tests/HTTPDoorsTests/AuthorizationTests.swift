import AccessTokens
import MediaControl
import RTP
import Rooms
import SDP
import Testing

@testable import HTTPDoors

/// RFC 9725 section 4.7: Bearer tokens, at both doors.
struct AuthorizationTests {
    @Test func withoutATokenTheDoorsAreShut() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            for (path, offer) in [("/whip/stage", DoorHouse.publishing()), ("/whep/stage", DoorHouse.playing())] {
                let reply = try await house.http.post(path, offer)
                #expect(reply.status == 401 && reply.problem?.code == "tokenRequired")
                #expect(try #require(reply["WWW-Authenticate"]).hasPrefix("Bearer"))
            }
        }
    }

    @Test func aTokenThatDoesNotVerifyIsA401ThatSaysWhy() async throws {
        try await DoorHouse.open { house async throws in
            let fields: [[String: String]] = [
                ["Authorization": "Bearer nonsense"], ["Authorization": "Basic YTpi"], ["Authorization": "Bearer"],
                try DoorHouse.bearer("ada", expiresAt: DoorHouse.now - 60), try DoorHouse.bearer("ada", "emperor"),
            ]
            for field in fields {
                let reply = try await house.http.post("/whip/stage", DoorHouse.publishing(), field)
                #expect(reply.status == 401 && reply.problem?.code == "badToken", "\(field)")
                #expect(try #require(reply["WWW-Authenticate"]).contains("error=\"invalid_token\""))
            }
        }
    }

    @Test func aTokenOpensItsRoomAndNoOther() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let token = try DoorHouse.bearer("ada")
            #expect(try await house.http.post("/whip/other", DoorHouse.publishing(), token).status == 403)
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing(), token).status == 201)
            let publisher = try #require(await house.participants().first)
            #expect(publisher.identity == "ada" && publisher.name == "ADA" && publisher.role == .costreamer)
        }
    }

    @Test func whoNeedsAHostsLeaveCannotPublish() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            for role in ["viewer", "moderator", nil] {
                let token = try DoorHouse.bearer("ada", role)
                #expect(try await house.http.post("/whip/stage", DoorHouse.publishing(), token).status == 403)
                #expect(try await house.http.post("/whep/stage", DoorHouse.playing(), token).status == 201)
            }
        }
    }

    @Test func whatTheTokenDoesNotAllowIsNotPublished() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let token = try DoorHouse.bearer("ada", permissions: .init(publish: ["microphone"]))
            let reply = try await house.http.post("/whip/stage", DoorHouse.publishing(), token)
            #expect(reply.status == 403 && reply.problem?.detail.contains("camera") == true)
            let sound = DoorHouse.offer([DoorHouse.section("0", .audio, .sendonly)])
            #expect(try await house.http.post("/whip/stage", sound, token).status == 201)
        }
    }

    @Test func theSameIdentityReplacesItsOldSession() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let token = try DoorHouse.bearer("ada")
            _ = try await house.http.post("/whip/stage", DoorHouse.publishing(), token)
            _ = try await house.http.post(
                "/whip/stage?name=other", DoorHouse.publishing(), DoorHouse.bearer("ada", "host"))
            #expect(house.plane.closed == [house.plane.opened[0].id])
            #expect(await house.participants().count == 1)
        }
    }

    @Test func aSessionIsItsOwnersAlone() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let token = try DoorHouse.bearer("ada")
            let reply = try await house.http.post("/whip/stage", DoorHouse.publishing(), token)
            let location = try house.location(reply)
            let tag = try #require(reply["ETag"])
            for (fields, status) in [
                ([:], 401), (["Authorization": "Bearer x"], 401), (try DoorHouse.bearer("bob"), 403),
                (try DoorHouse.bearer("ada", room: "other"), 403),
            ] {
                #expect(try await house.http.send("DELETE", location, fields).status == status)
                let patched = try await house.http.patch(
                    location, TrickleTests.candidates, fields.merging(["If-Match": tag]) { $1 })
                #expect(patched.status == status)
            }
            let newer = try DoorHouse.bearer("ada", "host", expiresAt: DoorHouse.now + 600)
            let patched = try await house.http.patch(
                location, TrickleTests.candidates, newer.merging(["If-Match": tag]) { $1 })
            #expect(patched.status == 204)
            #expect(try await house.http.send("DELETE", location, token).status == 200)
        }
    }

    @Test func inDevelopmentEveryRoomIsOpen() async throws {
        try await DoorHouse.open { house async throws in
            for room in ["a", "My-Room_1.0", String(repeating: "x", count: 64)] {
                #expect(try await house.http.post("/whip/\(room)", DoorHouse.publishing()).status == 201)
                #expect(try await house.http.post("/whep/\(room)", DoorHouse.playing()).status == 201)
            }
        }
    }
}
