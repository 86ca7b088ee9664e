import Admission
import MetricsText
import Rooms
import TestSupport
import Testing

@testable import HTTPDoors

/// What both doors say to requests of any kind: methods, CORS, servers, limits, draining.
struct EndpointTests {
    @Test func getAndHeadSucceedWithoutContent() async throws {
        try await DoorHouse.open { house async throws in
            for method in ["GET", "HEAD"] {
                for path in ["/whip/stage", "/whep/stage", "/whep/stage/"] {
                    let reply = try await house.http.send(method, path)
                    #expect(reply.status == 204 && reply.body.isEmpty)
                }
            }
        }
    }

    @Test func otherMethodsAreA405ThatNamesTheAllowedOnes() async throws {
        try await DoorHouse.open { house async throws in
            let location = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            for (path, methods, allowed) in [
                ("/whip/stage", ["PUT", "PATCH", "DELETE", "TRACE"], "POST"), (location, ["PUT", "POST"], "DELETE"),
            ] {
                for method in methods {
                    let reply = try await house.http.send(method, path)
                    #expect(reply.status == 405 && reply.problem?.code == "methodNotAllowed", "\(method)")
                    #expect(try #require(reply["Allow"]).contains(allowed))
                }
            }
        }
    }

    @Test func optionsSayWhatIsAccepted() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            for path in ["/whip/stage", "/whep/stage"] {
                let reply = try await house.http.send("OPTIONS", path)
                #expect(reply.status == 200)
                #expect(reply["Accept-Post"] == "application/sdp")
                #expect(try #require(reply["Allow"]).contains("POST"))
            }
        }
    }

    @Test func pagesOfAllowedOriginsMayUseTheDoors() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let asked = [
                "Origin": "https://player.example", "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            ]
            for (path, method) in [("/whep/stage", "POST"), ("/whep/stage/x", "PATCH"), ("/whip/stage/x", "DELETE")] {
                // A preflight brings no token.
                let reply = try await house.http.send("OPTIONS", path, asked)
                #expect(reply.status == 200)
                #expect(reply["Access-Control-Allow-Origin"] == "https://player.example")
                #expect(try #require(reply["Access-Control-Allow-Methods"]).contains(method))
                let fields = try #require(reply["Access-Control-Allow-Headers"])
                for name in ["Authorization", "Content-Type", "If-Match"] { #expect(fields.contains(name)) }
                // Not for a preflight (RFC 9725 section 4.6).
                #expect(reply["Link"] == nil)
            }
            let origin = ["Origin": "https://player.example"]
            let token = try DoorHouse.bearer("ada").merging(origin) { $1 }
            let created = try await house.http.post("/whep/stage", DoorHouse.playing(), token)
            let refused = try await house.http.post("/whep/stage", DoorHouse.playing(), origin)
            #expect(created.status == 201 && refused.status == 401)
            for reply in [created, refused] {
                #expect(reply["Access-Control-Allow-Origin"] == "https://player.example")
                let exposed = try #require(reply["Access-Control-Expose-Headers"])
                for name in ["Location", "ETag", "Link", "Retry-After"] { #expect(exposed.contains(name)) }
            }
        }
    }

    @Test func iceServersComeAsLinks() async throws {
        try await DoorHouse.open {
            $0.iceServers = ICEServers(
                urls: ["stun:stun.example.net", "turn:turn.example.net?transport=udp"],
                credentials: .fixed(username: "us\"er", credential: "pa\\ss"))
        } _: { house async throws in
            let reply = try await house.http.post("/whip/stage", DoorHouse.publishing())
            #expect(
                reply.all("Link") == [
                    #"<stun:stun.example.net>; rel="ice-server""#,
                    #"<turn:turn.example.net?transport=udp>; rel="ice-server"; username="us\"er"; "#
                        + #"credential="pa\\ss"; credential-type="password""#,
                ])
        }
    }

    @Test func turnServersAreToldToThoseWhoMayComeInAlone() async throws {
        try await DoorHouse.open(isDevelopment: false) {
            $0.iceServers = ICEServers(
                urls: ["turn:turn.example.net"], credentials: .timeLimited(secret: "north-wind", lifetime: 60))
        } _: { house async throws in
            let bearer = try DoorHouse.bearer("ada")
            for path in ["/whip/stage", "/whep/stage"] {
                let told = try await house.http.send("OPTIONS", path, bearer)
                let link = try #require(told["Link"])
                #expect(told.status == 200 && told["Cache-Control"] == "no-store")
                let username = "\(DoorHouse.now + 60):stage\(path.prefix(5))"
                #expect(link.contains("username=\"\(username)\""))
                // A preflight names the method that it is for; others have no token, or one for another room.
                let preflight = bearer.merging(["Access-Control-Request-Method": "POST"]) { $1 }
                for fields in [[:], preflight, try DoorHouse.bearer("ada", room: "other")] {
                    let reply = try await house.http.send("OPTIONS", path, fields)
                    #expect(reply.status == 200 && reply["Link"] == nil)
                }
            }
            let viewer = try DoorHouse.bearer("ada", "viewer")
            #expect(try await house.http.send("OPTIONS", "/whip/stage", viewer)["Link"] == nil)
            let created = try await house.http.post("/whip/stage", DoorHouse.publishing(), bearer)
            #expect(try #require(created["Link"]).contains("username=\"\(DoorHouse.now + 60):stage/p1\""))
        }
    }

    @Test(arguments: [
        "/whip", "/whip/", "/whep/a%20b", "/whip/\(String(repeating: "x", count: 65))", "/whip/a/b/c",
        "/whep/r%C3%A4um",
    ])
    func whatIsNoDoorIs404(path: String) async throws {
        try await DoorHouse.open { house async throws in
            let reply = try await house.http.post(path, DoorHouse.publishing())
            #expect(reply.status == 404 && reply.problem?.code == "notFound")
        }
    }

    @Test func otherPathsAreLeftToOthers() async throws {
        try await DoorHouse.open { house async throws in
            for path in ["/", "/whipped/cream", "/files/whip"] {
                #expect(try await house.http.send("GET", path).body != "" || path == "/")
                #expect(try await house.http.send("GET", path)["Access-Control-Allow-Origin"] == nil)
            }
        }
    }

    @Test func aNameOrParticipantBeyondItsLimitIs400() async throws {
        try await DoorHouse.open { house async throws in
            let name = String(repeating: "n", count: 129)
            let participant = String(repeating: "p", count: Doors.maximumParticipantOctets + 1)
            for (path, offer) in [
                ("/whip/r?name=\(name)", DoorHouse.publishing()), ("/whip/r?name=a%0Ab", DoorHouse.publishing()),
                ("/whip/r?name=", DoorHouse.publishing()), ("/whip/r?name=%ff", DoorHouse.publishing()),
                ("/whip/r?name=%4", DoorHouse.publishing()), ("/whip/r?name=%zz", DoorHouse.publishing()),
                ("/whip/r?name=%E2%80%AEadmin", DoorHouse.publishing()), ("/whip/r?name=%20", DoorHouse.publishing()),
                ("/whep/r?participant=%ff", DoorHouse.playing()),
                ("/whep/r?participant=\(participant)", DoorHouse.playing()),
            ] {
                let reply = try await house.http.post(path, offer)
                #expect(reply.status == 400 && reply.problem?.code == "badRequest", "\(path)")
            }
        }
    }

    @Test func theLongestNameIsTaken() async throws {
        try await DoorHouse.open { house async throws in
            let name = String(repeating: "%C3%A4", count: 64)
            #expect(try await house.http.post("/whip/r?name=\(name)", DoorHouse.publishing()).status == 201)
            #expect(await house.participants(of: "r").map(\.name) == [String(repeating: "ä", count: 64)])
        }
    }

    @Test func aBodyLargerThanAnOfferMayBeIs413() async throws {
        try await DoorHouse.open {
            $0.maximumOfferOctets = 8_192
        } _: { house async throws in
            let large = DoorHouse.publishing() + String(repeating: "a=x\r\n", count: 8_192 / 5)
            let reply = try await house.http.post("/whip/stage", large)
            #expect(reply.status == 413 && reply.problem?.code == "tooLarge")
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing()).status == 201)
        }
    }

    @Test func moreSessionsThanTheDoorsTakeAreA503UntilOneEnds() async throws {
        try await DoorHouse.open {
            $0.maximumSessions = 2
            $0.retryAfter = .seconds(7)
        } _: { house async throws in
            let first = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            #expect(try await house.http.post("/whep/stage", DoorHouse.playing()).status == 201)
            let reply = try await house.http.post("/whep/stage", DoorHouse.playing())
            #expect(reply.status == 503 && reply["Retry-After"] == "7" && reply.problem?.code == "serverFull")
            #expect(try await house.http.send("DELETE", first).status == 200)
            #expect(try await house.http.post("/whep/stage", DoorHouse.playing()).status == 201)
        }
    }

    @Test func refusedOffersTakeNoPlace() async throws {
        try await DoorHouse.open {
            $0.maximumSessions = 1
        } _: { house async throws in
            for _ in 0..<3 { #expect(try await house.http.post("/whip/stage", "hello").status == 400) }
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing()).status == 201)
        }
    }

    @Test func moreOffersThanAreLookedAtAre429() async throws {
        try await DoorHouse.open({ $0.offersPerSecond = 1 }, clock: ManualClock()) { house async throws in
            var statuses: [Int] = []
            for _ in 0..<6 { statuses.append(try await house.http.post("/whep/stage", DoorHouse.playing()).status) }
            #expect(statuses == [201, 201, 201, 201, 429, 429])
        }
    }

    @Test func aFullRoomAndALockedOneTurnPlayersAway() async throws {
        try await DoorHouse.open(rooms: { $0.settings.maximumParticipants = 1 }) { house async throws in
            _ = try await house.http.post("/whep/stage", DoorHouse.playing())
            let reply = try await house.http.post("/whep/stage", DoorHouse.playing())
            #expect(reply.status == 503 && reply["Retry-After"] != nil && reply.problem?.code == "roomFull")
        }
    }

    @Test func aServerThatEndsSaysSoAndItsSessionsAreGone() async throws {
        try await DoorHouse.open { house async throws in
            let location = try house.location(await house.http.post("/whip/stage", DoorHouse.publishing()))
            await house.rooms.drain(within: .seconds(1))
            let page = ["Origin": "https://player.example"]
            let reply = try await house.http.post("/whip/stage", DoorHouse.publishing(), page)
            #expect(reply.status == 503 && reply["Retry-After"] == "5" && reply.problem?.code == "draining")
            #expect(reply["Access-Control-Allow-Origin"] == "https://player.example")
            #expect(try await house.http.send("GET", location).status == 204)
            await house.rooms.shutDown()
            try await house.eventually("the resource is gone") {
                try await house.http.send("GET", location).status == 404
            }
        }
    }

    @Test func configurationListsEveryProblem() {
        var configuration = DoorsConfiguration()
        #expect(configuration.validate().isEmpty)
        configuration.maximumSessions = 0
        configuration.maximumOfferOctets = 1
        configuration.retryAfter = .zero
        configuration.iceServers = ICEServers(urls: ["http://x", "stun:x>\r\nEvil: 1"])
        #expect(configuration.validate().count == 5)
    }

    @Test func figuresSayHowManyCameByWhichDoor() async throws {
        try await DoorHouse.open { house async throws in
            for _ in 0..<2 { _ = try await house.http.post("/whep/stage", DoorHouse.playing()) }
            var metrics = MetricsWriter()
            await house.doors.addMetrics(to: &metrics)
            let text = metrics.text
            #expect(text.contains("forestage_door_sessions{door=\"whep\"} 2\n"))
            #expect(text.contains("forestage_door_sessions{door=\"whip\"} 0\n"))
        }
    }
}
