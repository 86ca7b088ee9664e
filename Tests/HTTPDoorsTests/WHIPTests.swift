import MediaControl
import Primitives
import RTP
import Rooms
import SDP
import Testing

@testable import HTTPDoors

/// RFC 9725 section 4.2 and 4.4: how a publisher comes in and goes.
struct WHIPTests {
    @Test func anOfferIsAnsweredWith201AndALocation() async throws {
        try await DoorHouse.open { house async throws in
            let reply = try await house.http.post("/whip/stage", DoorHouse.publishing())
            #expect(reply.status == 201)
            #expect(reply["Content-Type"] == "application/sdp")
            #expect(reply["Accept-Patch"] == "application/trickle-ice-sdpfrag")
            let location = try house.location(reply)
            #expect(location.hasPrefix("/whip/stage/"))
            // 128 bits at least: 48 hexadecimal digits are 192.
            let secret = location.dropFirst("/whip/stage/".count)
            let isHexadecimal = secret.allSatisfy { $0.isHexDigit }
            #expect(secret.count == 48 && isHexadecimal)
            let second = try await house.http.post("/whip/stage?name=B", DoorHouse.publishing())
            #expect(try house.location(second) != location)
        }
    }

    @Test func theEntityTagIsStrongAndOfItsSession() async throws {
        try await DoorHouse.open { house async throws in
            let first = try await house.http.post("/whip/stage?name=A", DoorHouse.publishing())
            let second = try await house.http.post("/whip/stage?name=B", DoorHouse.publishing())
            let tag = try #require(first["ETag"])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 2)
            #expect(second["ETag"] != tag)
        }
    }

    @Test func theAnswerReceivesAndHoldsEveryCandidate() async throws {
        try await DoorHouse.open { house async throws in
            for direction in [MediaDirection.sendonly, .sendrecv] {
                let reply = try await house.http.post("/whip/stage", DoorHouse.offer(direction))
                let answer = try SessionDescription(parsing: reply.body)
                #expect(answer.attributes.contains { $0.name == "ice-lite" })
                #expect(answer.attributes.contains(SDPAttribute("group", "BUNDLE 0 1")))
                #expect(answer.media[0].attributes.contains { $0.name == "candidate" })
                #expect(answer.media[0].attributes.contains { $0.name == "end-of-candidates" })
                for media in answer.media {
                    for name in ["recvonly", "rtcp-mux", "rtcp-mux-only"] {
                        #expect(media.attributes.contains(SDPAttribute(name)), "\(name)")
                    }
                    #expect(media.attributes.contains(SDPAttribute("setup", "passive")))
                }
            }
        }
    }

    @Test func aClientWithTheDTLSClientRoleAloneIsAnswered() async throws {
        try await DoorHouse.open { house async throws in
            let offer = DoorHouse.publishing().replacing("setup:actpass", with: "setup:active")
            #expect(try await house.http.post("/whip/stage", offer).status == 201)
        }
    }

    @Test func aClientWithTheDTLSServerRoleAloneIsAnsweredActive() async throws {
        try await DoorHouse.open { house async throws in
            let offer = DoorHouse.publishing().replacing("setup:actpass", with: "setup:passive")
            let reply = try await house.http.post("/whip/stage", offer)
            #expect(reply.status == 201)
            for media in try SessionDescription(parsing: reply.body).media {
                #expect(media.attributes.contains(SDPAttribute("setup", "active")))
            }
        }
    }

    @Test func simulcastIsAnswered() async throws {
        try await DoorHouse.open { house async throws in
            var video = DoorHouse.section("1", .video, .sendonly)
            video.rids = ["q", "h", "f"]
            let reply = try await house.http.post(
                "/whip/stage", DoorHouse.offer([DoorHouse.section("0", .audio, .sendonly), video]))
            #expect(reply.body.contains("a=simulcast:recv q;h;f"))
        }
    }

    @Test func aPublisherIsOnStageAndItsGatesAreOpen() async throws {
        try await DoorHouse.open { house async throws in
            #expect(try await house.http.post("/whip/stage?name=Camera%201", DoorHouse.publishing()).status == 201)
            let publisher = try #require(await house.participants().first)
            #expect(publisher.standing == .onStage)
            #expect(publisher.name == "Camera 1")
            let opened = try #require(house.plane.opened.first)
            #expect(opened.publications.map(\.isOpen) == [true, true])
            #expect(opened.remoteCredentials == DoorHouse.credentials)
        }
    }

    @Test func anotherMediaTypeIsRefusedWith415() async throws {
        try await DoorHouse.open { house async throws in
            for type in ["text/plain", "application/sdpx", "application/json"] {
                let reply = try await house.http.post("/whip/stage", DoorHouse.publishing(), ["Content-Type": type])
                #expect(reply.status == 415)
                #expect(reply["Accept-Post"] == "application/sdp")
                #expect(try #require(reply.problem).detail.contains(type))
            }
            let parameters = ["Content-Type": "Application/SDP; charset=utf-8"]
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing(), parameters).status == 201)
        }
    }

    @Test(arguments: ["", "hello", "v=0\r\nnonsense", "{}"])
    func whatIsNoSDPIsRefusedWith400AndTheReason(body: String) async throws {
        try await DoorHouse.open { house async throws in
            let reply = try await house.http.post("/whip/stage", body)
            #expect(reply.status == 400)
            let problem = try #require(reply.problem)
            #expect(problem.code == "badOffer" && problem.status == 400 && problem.title == "Bad Request")
            #expect(problem.detail.contains("session description") || problem.detail.contains("malformed"))
            #expect(await house.participants().isEmpty)
        }
    }

    @Test func whatCannotBeNegotiatedIsRefusedWith422() async throws {
        try await DoorHouse.open { house async throws in
            let good = DoorHouse.publishing()
            let offers: [(String, String)] = [
                (good.replacing("a=group:BUNDLE 0 1\r\n", with: ""), "BUNDLE"),
                (good.replacing("UDP/TLS/RTP/SAVPF", with: "RTP/AVP").replacing("a=fingerprint", with: "a=x"), "DTLS"),
                (good.replacing("setup:actpass", with: "setup:holdconn"), "holdconn"),
                (good.replacing("a=rtcp-mux\r\n", with: ""), "rtcp-mux"),
                (DoorHouse.offer(.recvonly), "recvonly"),
                (DoorHouse.offer(.inactive), "inactive"),
            ]
            for (offer, word) in offers {
                let reply = try await house.http.post("/whip/stage", offer)
                #expect(reply.status == 422, "\(word)")
                #expect(try #require(reply.problem).detail.contains(word), "\(reply.body)")
            }
            #expect(await house.participants().isEmpty)
        }
    }

    @Test func oneSectionThatCannotBeServedRefusesTheWholeOffer() async throws {
        try await DoorHouse.open(rooms: { $0.settings.videoCodecs = [.vp8] }) { house async throws in
            let offer = DoorHouse.offer([
                DoorHouse.section("0", .audio, .sendonly), DoorHouse.section("1", .video, .sendonly, codecs: [.h264]),
            ])
            let reply = try await house.http.post("/whip/stage", offer)
            #expect(reply.status == 422)
            #expect(try #require(reply.problem).detail.contains("h264"))
            #expect(await house.participants().isEmpty)
        }
    }

    @Test func twoTracksOfOneKindAreRefused() async throws {
        try await DoorHouse.open { house async throws in
            let offer = DoorHouse.offer([
                DoorHouse.section("0", .video, .sendonly), DoorHouse.section("1", .video, .sendonly),
            ])
            #expect(try await house.http.post("/whip/stage", offer).status == 422)
        }
    }

    @Test func soundOrPicturesAloneArePublished() async throws {
        try await DoorHouse.open { house async throws in
            for (name, kind) in [("A", MediaKind.audio), ("B", .video)] {
                let offer = DoorHouse.offer([DoorHouse.section("0", kind, .sendonly)])
                #expect(try await house.http.post("/whip/stage?name=\(name)", offer).status == 201)
            }
        }
    }

    @Test func deleteEndsTheSessionAndItsMedia() async throws {
        try await DoorHouse.open { house async throws in
            let location = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            // An entity-tag does not matter here (RFC 9725 section 4.3.1).
            #expect(try await house.http.send("DELETE", location, ["If-Match": "\"other\""]).status == 200)
            #expect(house.plane.closed == house.plane.opened.map(\.id))
            #expect(await house.participants().isEmpty)
            for method in ["DELETE", "GET", "HEAD"] {
                let reply = try await house.http.send(method, location)
                #expect(reply.status == 404)
                // A body after HEAD would be taken for the next answer (RFC 9110 section 9.3.2).
                #expect(reply.body.isEmpty == (method == "HEAD"))
            }
            #expect(try await house.http.patch(location, "a=end-of-candidates", ["If-Match": "*"]).status == 404)
        }
    }

    @Test func aPublisherWhoComesBackReplacesItsOldSessionAtOnce() async throws {
        try await DoorHouse.open { house async throws in
            let first = try house.location(await house.http.post("/whip/stage?name=A", DoorHouse.publishing()))
            let other = try house.location(await house.http.post("/whip/stage?name=B", DoorHouse.publishing()))
            let second = try house.location(await house.http.post("/whip/stage?name=A", DoorHouse.publishing()))
            #expect(house.plane.closed == [house.plane.opened[0].id])
            #expect(await house.participants().map(\.name) == ["B", "A"])
            try await house.eventually("the old session's resource is gone") {
                try await house.http.send("GET", first).status == 404
            }
            #expect(try await house.http.send("GET", second).status == 204)
            #expect(try await house.http.send("GET", other).status == 204)
        }
    }

    @Test func publishersWithoutANameReplaceEachOther() async throws {
        try await DoorHouse.open { house async throws in
            for _ in 0..<3 { #expect(try await house.http.post("/whip/stage", DoorHouse.publishing()).status == 201) }
            #expect(await house.participants().map(\.name) == ["Live"])
        }
    }

    @Test func aSessionWhoseMediaIsLostIsGone() async throws {
        try await DoorHouse.open { house async throws in
            let location = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            #expect(try await house.http.send("GET", location).status == 204)
            let transport = try #require(house.plane.opened.first).id
            house.plane.tell([.transportClosed(transport, .consentExpired)])
            try await house.eventually("the resource is gone") {
                try await house.http.send("GET", location).status == 404
            }
        }
    }

    @Test func aHostMutesAndRemovesAPublisher() async throws {
        try await DoorHouse.open { house async throws in
            let location = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            let publisher = try #require(await house.participants().first).id
            let host = try await house.rooms.join(
                JoinRequest(
                    room: "stage", identity: "host", name: "Host", role: .host,
                    media: .offer(MediaOffer(Offer(parsing: DoorHouse.publishing())))))
            #expect(host.stage.members.first?.participant == publisher)
            #expect(host.stage.members.first?.tracks.map(\.source) == [.microphone, .camera])
            try await host.session.moderate(.mute(publisher, .camera))
            let track = try #require(house.plane.opened.first?.publications.last).track
            let isShut = house.plane.commands.contains { command in
                if case .setGate(track, isOpen: false) = command { true } else { false }
            }
            #expect(isShut)
            try await host.session.moderate(.remove(publisher))
            try await house.eventually("the resource is gone") {
                try await house.http.send("GET", location).status == 404
            }
        }
    }

    @Test func aPublisherWhoWasSentOffStageComesBackWhenInvited() async throws {
        try await DoorHouse.open { house async throws in
            _ = try await house.http.post("/whip/stage", DoorHouse.publishing())
            let publisher = try #require(await house.participants().first).id
            let host = try await house.rooms.join(
                JoinRequest(
                    room: "stage", identity: "host", name: "Host", role: .host,
                    media: .offer(MediaOffer(Offer(parsing: DoorHouse.publishing())))))
            try await host.session.moderate(.demote(publisher))
            #expect(await house.participants().first?.standing == .audience)
            try await host.session.moderate(.invite(publisher))
            try await house.eventually("the publisher is back") {
                await house.participants().first?.standing == .onStage
            }
        }
    }

    @Test func aFullStageIsA503AndNobodyStaysBehind() async throws {
        try await DoorHouse.open(rooms: { $0.settings.stageCapacity = 1 }) { house async throws in
            #expect(try await house.http.post("/whip/stage?name=A", DoorHouse.publishing()).status == 201)
            let reply = try await house.http.post("/whip/stage?name=B", DoorHouse.publishing())
            #expect(reply.status == 503 && reply["Retry-After"] == "5")
            #expect(reply.problem?.code == "stageFull")
            #expect(await house.participants().map(\.name) == ["A"])
            // Whoever comes back takes the place that it had.
            #expect(try await house.http.post("/whip/stage?name=A", DoorHouse.publishing()).status == 201)
        }
    }
}
