import AccessTokens
import Admission
import Foundation
import MediaControl
import Primitives
import Rooms
import SignalingProtocol
import TestSupport
import Testing

@testable import SignalingServer

struct SessionTests {
    @Test func oneWhoJoinsWithoutAnOfferRaisesAHandAndOffersLater() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { client in
                let join = JoinMessage(room: "friday", name: "Grace", media: nil)
                try await client.send(1, .join(join))
                guard case .joined(let joined) = try await client.reply(1) else {
                    Issue.record("the join without an offer was refused")
                    return
                }
                #expect(joined.answer == nil && joined.slots.isEmpty && joined.participant.state == .audience)
                #expect(try await client.ask(2, .stage(.request)) == .ok)
                guard case .error(let code, _) = try await client.ask(3, .publish(.camera)) else {
                    Issue.record("a camera without a section was published")
                    return
                }
                #expect(code == .noSuchSource)
                let bad = OfferMessage(offer: "nonsense", slots: [], publish: [])
                guard case .error(.badOffer, _) = try await client.ask(4, .offer(bad)) else {
                    Issue.record("nonsense was answered")
                    return
                }
                let offer = OfferMessage(
                    offer: try Fixture.text("sdp/chromium_seats_vp8_opus.sdp"), slots: [],
                    publish: [.init(mid: "1", source: .camera)])
                guard case .answer(let answer) = try await client.ask(5, .offer(offer)) else {
                    Issue.record("the later offer was refused")
                    return
                }
                #expect(answer.answer.contains("a=ice-lite") && answer.slots.count == 17)
                #expect(try await client.ask(6, .publish(.camera)) == .ok)
            }
        }
    }

    @Test func turnServersAndCredentialsComeWithTheJoinAlone() async throws {
        try await SignalingClient.withService {
            $0.iceServers = ICEServers(
                urls: ["stun:turn.example.org", "turn:turn.example.org"],
                credentials: .timeLimited(secret: "north-wind", lifetime: 3_600))
        } _: { port in
            let answer = try await RawClient.connect(port) { try await $0.http("GET /v1/configuration") }
            let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
            let document = try JSONDecoder().decode(ConfigurationDocument.self, from: Data(body.utf8))
            #expect(document.iceServers == [ICEServer(urls: ["stun:turn.example.org"])])
            try await SignalingClient.connect(port) { client in
                guard case .joined(let joined) = try await client.join(1, name: "Grace") else {
                    Issue.record("the viewer did not join")
                    return
                }
                #expect(joined.iceServers.map(\.urls) == [["stun:turn.example.org"], ["turn:turn.example.org"]])
                let username = try #require(joined.iceServers.last?.username)
                let parts = username.split(separator: ":", maxSplits: 1)
                #expect(parts.last == "friday/\(joined.participant.id)")
                let left = Double(parts[0]).map { $0 - Date().timeIntervalSince1970 } ?? 0
                #expect(left > 0 && left <= 3_600)
                #expect(joined.iceServers.last?.credential?.count == 28)
            }
        }
    }

    @Test func aViewerIsPromotedAndEverybodyIsTold() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { host in
                guard case .joined(let hostJoined) = try await host.join(1, role: "host", name: "Ada") else {
                    Issue.record("the host did not join")
                    return
                }
                #expect(hostJoined.participant.state == .onStage)
                let answer = try #require(hostJoined.answer)
                #expect(answer.hasPrefix("v=0\r\n") && answer.contains("a=ice-lite"))
                #expect(hostJoined.slots.count == 14)
                #expect(hostJoined.room.codecs.video.first == "VP8")
                #expect(hostJoined.stage.requests == [])
                #expect(try await host.ask(2, .publish(.camera)) == .ok)

                try await SignalingClient.connect(port) { viewer in
                    guard case .joined(let joined) = try await viewer.join(1, name: "Grace") else {
                        Issue.record("the viewer did not join")
                        return
                    }
                    #expect(joined.participant.state == .audience && joined.participant.role == "viewer")
                    #expect(joined.stage.members.map(\.name) == ["Ada"])
                    #expect(joined.stage.requests == nil)
                    let track = try #require(joined.stage.members.first?.tracks.first)
                    #expect(joined.slots.contains { $0.track == track.track && $0.csrc == track.csrc })
                    #expect(try await viewer.ask(2, .view([SlotWish(mid: "6", track: track.track)])) == .ok)
                    let me = joined.participant.id

                    guard case .error(let code, _) = try await viewer.ask(3, .endRoom) else {
                        Issue.record("a viewer ended the room")
                        return
                    }
                    #expect(code == .forbidden)
                    #expect(try await viewer.ask(4, .publish(.camera)) == .ok)
                    #expect(try await viewer.ask(5, .stage(.request)) == .ok)
                    let version = try await host.event { event in
                        if case .stage(let version, let changes) = event,
                            changes.contains(where: { $0.participant == me && $0.state == .requested })
                        {
                            version
                        } else {
                            Int?.none
                        }
                    }
                    let approve = ClientMessage.stageOf(participant: me, .approve, version: version)
                    #expect(try await host.ask(3, approve) == .ok)
                    let cause = try await viewer.event { event in
                        if case .stageState(.onStage, let cause, _) = event { cause } else { nil }
                    }
                    #expect(cause == .approved)

                    try await host.send(4, .endRoom)
                    let reason = try await viewer.event { event in
                        if case .closed(let reason, _) = event { reason } else { nil }
                    }
                    #expect(reason == .roomEnded)
                    #expect(try await viewer.raw.closeCode() == 4000)
                }
                // The reply comes before the last word.
                #expect(try await host.reply(4) == .ok)
                #expect(try await host.raw.closeCode() == 4000)
            }
        }
    }

    @Test func eventsAreNumberedWithoutGaps() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { host in
                _ = try await host.join(1, role: "host")
                for (id, muted) in [(2, true), (3, false), (4, true)] {
                    if id == 2 { try await host.send(10, .publish(.microphone)) }
                    try await host.send(id, .mute(.microphone, muted: muted))
                }
                try await host.send(5, .leave)
                var numbers: [Int] = []
                do {
                    while true { if case .event(let seq, _) = try await host.next() { numbers.append(seq) } }
                } catch is RawClient.Closed {}
                #expect(numbers.count >= 2 && numbers == Array(1...numbers.count))
            }
        }
    }

    @Test func leavingIsRepliedToAndClosesWith1000() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { client in
                _ = try await client.join(1)
                #expect(try await client.ask(2, .leave) == .ok)
                let reason = try await client.event { if case .closed(let reason, _) = $0 { reason } else { nil } }
                #expect(reason == .left)
                #expect(try await client.raw.closeCode() == 1000)
            }
        }
    }

    @Test func unreadableMessagesGetAnErrorAndTheSessionGoesOn() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { client in
                let hostile = [
                    ("{", ErrorCode.badMessage), (String(repeating: "[", count: 100_000), .tooDeep),
                    (#"{"type":"ping","id":1e400}"#, .badMessage), (#"{"type":"chat","id":7}"#, .unknownType),
                    (#"{"type":"publish","id":7,"source":"camera"}"#, .notJoined),
                    (#"{"type":"join","id":7,"room":"r","offer":"not sdp","slots":[],"publish":[]}"#, .badOffer),
                ]
                for (text, expected) in hostile {
                    try await client.raw.send(text: text)
                    guard case .reply(_, .error(let code, _)) = try await client.next() else {
                        Issue.record("\(text.prefix(60)) got no error")
                        continue
                    }
                    #expect(code == expected)
                }
                #expect(try await client.raw.closeCode() == 4004)
            }
        }
    }

    @Test func aTokenSaysWhoJoinsAndWithoutOneNobodyDoes() async throws {
        let now = Int(Date().timeIntervalSince1970)
        let signer = AccessTokenSigner(key: try TestServer.key())
        func token(_ role: String, expiresAt: Int) -> String {
            signer.sign(AccessClaims(identity: "ada", room: "friday", role: role, expiresAt: expiresAt))
        }
        let good = token("host", expiresAt: now + 600)
        let cases: [(String?, ErrorCode?)] = [
            (good, nil), (nil, .tokenRequired), ("nonsense", .badToken),
            (token("host", expiresAt: now - 60), .tokenExpired),
            (token("king", expiresAt: now + 600), .badToken),
        ]
        try await SignalingClient.withService(isDevelopment: false) { port in
            for (token, expected) in cases {
                try await SignalingClient.connect(port) { client in
                    switch try await client.join(1, token: token) {
                    case .joined(let joined):
                        #expect(expected == nil && joined.participant.identity == "ada" && joined.room.name == "friday")
                    case .error(let code, _): #expect(code == expected)
                    default: Issue.record("an odd reply")
                    }
                }
            }
        }
    }

    @Test func aTokenOrTheJoinSaysWhetherTheRoomIsEncrypted() async throws {
        let now = Int(Date().timeIntervalSince1970)
        let signer = AccessTokenSigner(key: try TestServer.key())
        func token(_ role: String, _ encrypted: Bool?) -> String {
            signer.sign(
                AccessClaims(identity: role, room: "friday", role: role, encrypted: encrypted, expiresAt: now + 600))
        }
        let host = token("host", true)
        let cases: [(token: String, says: Bool?, error: ErrorCode?)] = [
            (token("viewer", true), nil, nil), (token("viewer", nil), true, nil), (token("viewer", nil), nil, nil),
            (token("viewer", true), false, .forbidden), (token("viewer", nil), false, .encryptionDiffers),
            (token("viewer", false), nil, .encryptionDiffers),
        ]
        try await SignalingClient.withService(isDevelopment: false) { port in
            try await SignalingClient.connect(port) { maker in
                guard case .joined(let made) = try await maker.join(1, token: host) else {
                    Issue.record("the host did not join")
                    return
                }
                #expect(made.room.encrypted)
                for (token, says, error) in cases {
                    try await SignalingClient.connect(port) { client in
                        switch try await client.join(1, token: token, encrypted: says) {
                        case .joined(let joined): #expect(error == nil && joined.room.encrypted)
                        case .error(let code, _): #expect(code == error)
                        default: Issue.record("an odd reply")
                        }
                    }
                }
            }
        }
    }

    @Test func aClientThatDoesNotJoinInTimeIsClosed() async throws {
        try await SignalingClient.withService(isDevelopment: true) {
            $0.joinTimeout = .milliseconds(50)
        } _: { port in
            try await RawClient.connect(port) { raw in
                _ = try await raw.upgrade()
                #expect(try await raw.closeCode() == 4005)
            }
        }
    }

    @Test func clientsAreToldThatTheServerStops() async throws {
        let (joined, signal) = AsyncStream<Void>.makeStream()
        let (ports, port) = AsyncStream<Int>.makeStream()
        async let reason: (ClosedReason, UInt16?) = {
            for await port in ports {
                return try await SignalingClient.connect(port) { client in
                    _ = try await client.join(1)
                    signal.yield()
                    let reason = try await client.event { if case .closed(let reason, _) = $0 { reason } else { nil } }
                    return (reason, try await client.raw.closeCode())
                }
            }
            throw CancellationError()
        }()
        try await SignalingClient.withService { number in
            port.yield(number)
            for await _ in joined { break }
        }
        #expect(try await reason == (.serverStopping, 1001))
    }
}
