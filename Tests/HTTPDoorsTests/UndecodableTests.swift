import MediaControl
import MetricsText
import RTP
import Rooms
import TestSupport
import Testing

@testable import HTTPDoors

/// Where formats do not fit, publisher and player are told (Docs/WHIP-WHEP.md).
struct UndecodableTests {
    private func use(_ name: String) throws -> String { try Fixture.text("use/\(name).sdp") }

    @Test func aPlayerWithoutTheFormatIsToldInItsAnswerAndItsSession() async throws {
        let (encoder, player) = (try use("h264-42c01e"), try use("mid-17-octets"))
        try await DoorHouse.open { house async throws in
            let publisher = try house.location(await house.http.post("/whip/stage", encoder))
            #expect(try await house.http.send("GET", publisher)["Forestage-Cannot-Decode"] == nil)
            let reply = try await house.http.post("/whep/stage", player)
            #expect(reply.status == 201 && reply["Forestage-Cannot-Decode"] == "video-stream-main")
            let session = try house.location(reply)
            for method in ["GET", "HEAD"] {
                let state = try await house.http.send(method, session, ["Origin": "https://player.example"])
                #expect(state.status == 204 && state["Forestage-Cannot-Decode"] == "video-stream-main")
                #expect(state["Access-Control-Expose-Headers"]?.contains("Forestage-Cannot-Decode") == true)
            }
            try await house.eventually("the publisher is told") {
                try await house.http.send("GET", publisher)["Forestage-Cannot-Decode"] == "camera"
            }
            var metrics = MetricsWriter()
            await house.doors.addMetrics(to: &metrics)
            #expect(metrics.text.contains("forestage_door_undecodable_tracks_total 1\n"))
            // Once the publisher is gone there is nothing that it cannot decode.
            _ = try await house.http.send("DELETE", publisher)
            try await house.eventually("the player is told") {
                try await house.http.send("GET", session)["Forestage-Cannot-Decode"] == nil
            }
        }
    }

    @Test func whatTheWorkerFindsOutIsToldToo() async throws {
        try await DoorHouse.open { house async throws in
            _ = try await house.http.post("/whip/stage", DoorHouse.publishing())
            let reply = try await house.http.post("/whep/stage", DoorHouse.playing())
            #expect(reply["Forestage-Cannot-Decode"] == nil)
            let session = try house.location(reply)
            let transport = try #require(house.plane.opened.last).id
            let track = try #require(house.plane.fills(of: transport)[1])
            house.plane.tell([.slotChanged(transport, slot: 1, track, .cannotDecode)])
            try await house.eventually("the player is told") {
                try await house.http.send("GET", session)["Forestage-Cannot-Decode"] == "1"
            }
            house.plane.tell([.slotChanged(transport, slot: 1, track, .playing)])
            try await house.eventually("it fits again") {
                try await house.http.send("GET", session)["Forestage-Cannot-Decode"] == nil
            }
        }
    }

    @Test func anEncoderWhoseFormatNoRoomTakesIsRefusedWithTheReason() async throws {
        for (from, to) in [("profile-level-id=42c01e", "profile-level-id=53001e"), ("H264/90000", "H265/90000")] {
            let offer = try use("h264-42c01e").replacing(from, with: to)
            try await DoorHouse.open { house async throws in
                let reply = try await house.http.post("/whip/stage", offer)
                let problem = try #require(reply.problem)
                #expect(reply.status == 422 && problem.code == "cannotNegotiate")
                #expect(problem.detail.contains("no codec of the room among h26"), "\(problem.detail)")
            }
        }
    }

    @Test(arguments: ["h264-42c01e", "h264-42400d", "h264-mode0"])
    func anEncodersH264IsPlayedByAPlayerOfH264(_ name: String) async throws {
        let encoder = try use(name)
        try await DoorHouse.open { house async throws in
            #expect(try await house.http.post("/whip/stage", encoder).status == 201)
            let reply = try await house.http.post("/whep/stage", DoorHouse.playing())
            #expect(reply.status == 201 && reply["Forestage-Cannot-Decode"] == nil)
        }
    }

    @Test func offersOfEncodersThatWereRefusedAreAnsweredWith201() async throws {
        for name in ["proto-rtp-savpf", "single-section-no-bundle"] {
            let offer = try use(name)
            try await DoorHouse.open { house async throws in
                #expect(try await house.http.post("/whip/stage", offer).status == 201, "\(name)")
            }
        }
        let player = try use("mid-17-octets")
        try await DoorHouse.open { house async throws in
            #expect(try await house.http.post("/whep/stage", player).status == 201)
        }
    }

    @Test func oneOddCandidateOfAPatchLosesNoOther() async throws {
        let (offer, fragment) = (
            try use("single-section-no-bundle"), try Fixture.text("use/patch-one-odd-candidate.sdpfrag")
        )
        try await DoorHouse.open { house async throws in
            let reply = try await house.http.post("/whip/stage", offer)
            let tag = try #require(reply["ETag"])
            #expect(try await house.http.patch(house.location(reply), fragment, ["If-Match": tag]).status == 204)
        }
    }
}
