import MediaControl
import Primitives
import RTP
import Rooms
import SDP
import Testing

@testable import HTTPDoors

/// draft-ietf-wish-whep: how a player comes in, and what it is shown.
struct WHEPTests {
    @Test func anOfferIsAnsweredWith201AndSends() async throws {
        try await DoorHouse.open { house async throws in
            for direction in [MediaDirection.recvonly, .sendrecv] {
                let reply = try await house.http.post("/whep/stage", DoorHouse.offer(direction))
                #expect(reply.status == 201)
                #expect(try house.location(reply).hasPrefix("/whep/stage/"))
                #expect(reply["ETag"] != nil && reply["Accept-Patch"] == "application/trickle-ice-sdpfrag")
                let answer = try SessionDescription(parsing: reply.body)
                let streams = answer.media.map {
                    $0.attributes.first { $0.name == "msid" }?.value?.split(separator: " ")[0]
                }
                // One stream (draft-ietf-wish-whep section 4.4.2), played in step.
                #expect(streams.count == 2 && streams[0] != nil && streams[0] == streams[1])
                for media in answer.media { #expect(media.attributes.contains(SDPAttribute("sendonly"))) }
            }
        }
    }

    @Test func sectionsThatSendAreRefusedWith422() async throws {
        try await DoorHouse.open { house async throws in
            for direction in [MediaDirection.sendonly, .inactive] {
                let reply = try await house.http.post("/whep/stage", DoorHouse.offer(direction))
                #expect(reply.status == 422)
                #expect(try #require(reply.problem).detail.contains(direction.rawValue))
            }
        }
    }

    @Test func aPlayerWaitsUntilSomebodyPublishes() async throws {
        try await DoorHouse.open { house async throws in
            #expect(try await house.http.post("/whep/stage", DoorHouse.playing()).status == 201)
            let player = try #require(house.plane.opened.first)
            #expect(house.plane.fills(of: player.id).isEmpty)
            let location = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            let publisher = try #require(house.plane.opened.last)
            #expect(
                house.plane.fills(of: player.id) == [
                    0: publisher.publications[0].track, 1: publisher.publications[1].track,
                ])
            _ = try await house.http.send("DELETE", location)
            #expect(house.plane.fills(of: player.id).isEmpty)
        }
    }

    @Test func aPlayerIsInTheAudienceAndSaysNothing() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let host = try DoorHouse.bearer("ada", "host")
            #expect(try await house.http.post("/whep/stage", DoorHouse.playing(), host).status == 201)
            let player = try #require(await house.participants().first)
            #expect(player.standing == .audience)
            #expect(player.permissions.publish.isEmpty && !player.permissions.canModerate)
            #expect(player.attributes == ["door": "whep", "identity": "ada"])
        }
    }

    @Test func playersNeverReplaceAnybody() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let ada = try DoorHouse.bearer("ada")
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing(), ada).status == 201)
            for _ in 0..<3 {
                #expect(try await house.http.post("/whep/stage", DoorHouse.playing(), ada).status == 201)
            }
            #expect(await house.participants().count == 4)
            #expect(house.plane.closed.isEmpty)
        }
    }

    @Test func oneOfEachPlaysTheFirstOnStageUntilItLeaves() async throws {
        try await DoorHouse.open { house async throws in
            let first = try house.location(await house.http.post("/whip/stage?name=A", DoorHouse.publishing()))
            _ = try await house.http.post("/whip/stage?name=B", DoorHouse.publishing())
            _ = try await house.http.post("/whep/stage", DoorHouse.playing())
            let opened = house.plane.opened
            #expect(house.plane.fills(of: opened[2].id)[1] == opened[0].publications[1].track)
            _ = try await house.http.send("DELETE", first)
            #expect(house.plane.fills(of: opened[2].id)[1] == opened[1].publications[1].track)
        }
    }

    @Test func asManySectionsAsOfferedAreSeats() async throws {
        try await DoorHouse.open { house async throws in
            let sections = (0..<3).flatMap {
                [
                    DoorHouse.section("a\($0)", .audio, .recvonly), DoorHouse.section("v\($0)", .video, .recvonly),
                ]
            }
            #expect(try await house.http.post("/whep/stage", DoorHouse.offer(sections)).status == 201)
            for name in ["A", "B", "C", "D"] {
                _ = try await house.http.post("/whip/stage?name=\(name)", DoorHouse.publishing())
            }
            let opened = house.plane.opened
            let fills = house.plane.fills(of: opened[0].id)
            let expected = (1...3).flatMap { opened[$0].publications.map(\.track) }
            #expect((0..<6).map { fills[$0] } == expected)
        }
    }

    @Test(arguments: ["p2", "whip:B", "B"])
    func oneParticipantIsPlayedAloneByIDIdentityOrName(participant: String) async throws {
        try await DoorHouse.open { house async throws in
            _ = try await house.http.post("/whip/stage?name=A", DoorHouse.publishing())
            let second = try house.location(await house.http.post("/whip/stage?name=B", DoorHouse.publishing()))
            _ = try await house.http.post("/whep/stage?participant=\(participant)", DoorHouse.playing())
            let opened = house.plane.opened
            #expect(house.plane.fills(of: opened[2].id)[1] == opened[1].publications[1].track)
            _ = try await house.http.send("DELETE", second)
            // Nobody else steps in.
            #expect(house.plane.fills(of: opened[2].id).isEmpty)
        }
    }

    @Test func aParticipantWhoIsStillToComeIsPlayedOnceItCame() async throws {
        try await DoorHouse.open { house async throws in
            _ = try await house.http.post("/whep/stage?participant=Main%20camera", DoorHouse.playing())
            _ = try await house.http.post("/whip/stage?name=Other", DoorHouse.publishing())
            let player = try #require(house.plane.opened.first)
            #expect(house.plane.fills(of: player.id).isEmpty)
            _ = try await house.http.post("/whip/stage?name=Main%20camera", DoorHouse.publishing())
            let publisher = try #require(house.plane.opened.last)
            #expect(house.plane.fills(of: player.id)[1] == publisher.publications[1].track)
        }
    }

    @Test func deleteEndsTheSession() async throws {
        try await DoorHouse.open { house async throws in
            let location = try house.location(await house.http.post("/whep/stage", DoorHouse.playing()))
            #expect(try await house.http.send("GET", location).status == 204)
            #expect(try await house.http.send("DELETE", location).status == 200)
            #expect(house.plane.closed == house.plane.opened.map(\.id))
            #expect(try await house.http.send("GET", location).status == 404)
        }
    }

    @Test func aDataSectionIsAnsweredWithPort0() async throws {
        try await DoorHouse.open { house async throws in
            let offer = DoorHouse.offer([DoorHouse.section("0", .video, .recvonly)], dataMid: "1")
            let reply = try await house.http.post("/whep/stage", offer)
            #expect(reply.status == 201)
            #expect(try SessionDescription(parsing: reply.body).media.last?.port == 0)
        }
    }
}
