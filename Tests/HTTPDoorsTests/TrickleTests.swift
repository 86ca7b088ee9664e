import ICE
import MediaControl
import TestSupport
import Testing

@testable import HTTPDoors

/// RFC 9725 section 4.3: PATCH, entity-tags, trickled candidates and ICE restarts, the same at both doors.
struct TrickleTests {
    static let candidates = """
        a=group:BUNDLE 0 1\r
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r
        a=mid:0\r
        a=ice-ufrag:\(DoorHouse.credentials.usernameFragment)\r
        a=ice-pwd:\(DoorHouse.credentials.password)\r
        a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag cliU network-id 1\r
        a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0\r
        a=candidate:1 1 udp 2122260223 0c3a7a6e-41f9-4cd3-bf4d-6b27b9ff5d5c.local 61764 typ host\r
        a=candidate:1 1 sctp 2122260223 192.0.2.1 61764 typ host\r
        a=end-of-candidates\r\n
        """

    /// Runs `body` with a session of each door: its URL and its entity-tag.
    private func withSessions(
        _ configure: (inout DoorsConfiguration) -> Void = { _ in }, clock: any Clock<Duration> = ContinuousClock(),
        _ body: @escaping @Sendable (DoorHouse, _ location: String, _ tag: String) async throws -> Void
    ) async throws {
        try await DoorHouse.open(configure, clock: clock) { house async throws in
            for (path, offer) in [("/whip/r", DoorHouse.publishing()), ("/whep/r", DoorHouse.playing())] {
                let reply = try await house.http.post(path, offer)
                try await body(house, house.location(reply), #require(reply["ETag"]))
            }
        }
    }

    @Test func candidatesAreTakenWith204AndNoEntityTag() async throws {
        try await withSessions { house, location, tag async throws in
            let reply = try await house.http.patch(location, Self.candidates, ["If-Match": tag])
            #expect(reply.status == 204 && reply.body.isEmpty)
            #expect(reply["ETag"] == nil)
            #expect(try await house.http.patch(location, Self.candidates, ["If-Match": "\"x\", \(tag)"]).status == 204)
        }
    }

    @Test func aMissingEntityTagIs428() async throws {
        try await withSessions { house, location, _ async throws in
            #expect(try await house.http.patch(location, Self.candidates, [:]).status == 428)
        }
    }

    @Test func anotherEntityTagIs412() async throws {
        try await withSessions { house, location, tag async throws in
            for other in ["\"other\"", "W/\(tag)", String(tag.dropFirst().dropLast())] {
                #expect(try await house.http.patch(location, Self.candidates, ["If-Match": other]).status == 412)
            }
        }
    }

    @Test func anotherMediaTypeIs415() async throws {
        try await withSessions { house, location, tag async throws in
            let fields = ["If-Match": tag, "Content-Type": "application/sdp"]
            let reply = try await house.http.patch(location, Self.candidates, fields)
            #expect(reply.status == 415 && reply["Accept-Patch"] == "application/trickle-ice-sdpfrag")
        }
    }

    @Test func aMalformedFragmentIs400() async throws {
        try await withSessions { house, location, tag async throws in
            for fragment in ["", "hello", "v=0\r\n", "a=candidate:1 1 udp\r\n", "a=ice-ufrag:abcd\r\n"] {
                let reply = try await house.http.patch(location, fragment, ["If-Match": tag])
                #expect(reply.status == 400 && reply.problem?.code == "badFragment", "\(fragment)")
            }
        }
    }

    @Test func anICERestartIs422AndTheSessionGoesOn() async throws {
        try await withSessions { house, location, tag async throws in
            let restart = "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
            for precondition in ["*", tag] {
                let reply = try await house.http.patch(location, restart, ["If-Match": precondition])
                #expect(reply.status == 422)
                #expect(try #require(reply.problem).detail.contains("ICE restart"))
            }
            #expect(house.plane.closed.isEmpty)
            #expect(try await house.http.patch(location, Self.candidates, ["If-Match": tag]).status == 204)
        }
    }

    @Test func moreThanAFragmentMayHaveIs413() async throws {
        try await withSessions {
            $0.maximumFragmentOctets = 2_000
        } _: { house, location, tag async throws in
            let long = String(repeating: Self.candidates, count: 5)
            #expect(try await house.http.patch(location, long, ["If-Match": tag]).status == 413)
        }
    }

    @Test func morePatchesThanASessionMaySendAre429() async throws {
        try await withSessions({ $0.patchesPerSecond = 1 }, clock: ManualClock()) { house, location, tag async throws in
            var statuses: [Int] = []
            for _ in 0..<6 {
                let reply = try await house.http.patch(location, Self.candidates, ["If-Match": tag])
                statuses.append(reply.status)
                if reply.status == 429 { #expect(reply["Retry-After"] == "5") }
            }
            #expect(statuses == [204, 204, 204, 204, 429, 429])
        }
    }

    @Test func theOtherDoorsPathIsNoSession() async throws {
        try await withSessions { house, location, _ async throws in
            let other = location.replacing("/whip/", with: "/WHIP/").replacing("/whep/", with: "/whip/")
            #expect(try await house.http.send("DELETE", other).status == 404 || !location.contains("whep"))
            let elsewhere = location.replacing("/r/", with: "/s/")
            #expect(try await house.http.send("DELETE", elsewhere).status == 404)
            #expect(try await house.http.send("GET", location).status == 204)
        }
    }
}
