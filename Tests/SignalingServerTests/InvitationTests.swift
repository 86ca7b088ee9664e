import AccessTokens
import Foundation
import Rooms
import SignalingProtocol
import Testing

@testable import SignalingServer

/// Invitations as a host makes them and as people exchange them, over the real server.
struct InvitationTests {
    private struct Answer: Decodable {
        var token: String?
        var identity: String?
        var room: String?
        var role: String?
        var code: String?
    }

    private static func exchange(_ port: Int, _ body: [String: String], headers: [String] = []) async throws -> Answer {
        let text = String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
        let answer = try await RawClient.connect(port) {
            try await $0.http("POST /v1/tokens", headers: headers, body: text)
        }
        return try JSONDecoder().decode(
            Answer.self, from: Data(try #require(answer.components(separatedBy: "\r\n\r\n").last).utf8))
    }

    private static func token(_ role: String, identity: String = "ada") throws -> String {
        AccessTokenSigner(key: try TestServer.key()).sign(
            AccessClaims(
                identity: identity, room: "friday", role: role, expiresAt: Int(Date().timeIntervalSince1970) + 600))
    }

    private static func code(_ reply: ServerReply) -> ErrorCode? {
        if case .error(let code, _) = reply { code } else { nil }
    }

    @Test func aHostInvitesAndEachWhoComesIsSomebody() async throws {
        try await SignalingClient.withService(isDevelopment: false) { port in
            try await SignalingClient.connect(port) { host in
                _ = try await host.join(1, token: Self.token("host"))
                let wanted = InvitationRequest(role: "viewer", minutes: 10, uses: 2)
                guard case .invitation(let invitation, let link) = try await host.ask(2, .createInvitation(wanted))
                else {
                    Issue.record("no invitation")
                    return
                }
                let refused = try await SignalingClient.connect(port) { try await $0.join(1, token: link) }
                guard case .error(.badToken, let text) = refused else {
                    Issue.record("an invitation was taken for a token")
                    return
                }
                #expect(text.contains("invitation, not an access token"))

                let first = try await Self.exchange(port, ["invitation": link, "name": "Bob"])
                let second = try await Self.exchange(port, ["invitation": link])
                #expect(first.room == "friday" && first.role == "viewer" && first.identity != second.identity)
                #expect(try await Self.exchange(port, ["invitation": link]).code == "invitationUsedUp")
                let again = try await Self.exchange(port, ["invitation": link, "token": first.token ?? ""])
                #expect(again.identity == first.identity)
                try await SignalingClient.connect(port) { viewer in
                    guard case .joined(let joined) = try await viewer.join(1, token: first.token) else {
                        Issue.record("the invited viewer did not join")
                        return
                    }
                    #expect(joined.participant.name == "Bob" && joined.participant.identity == first.identity)
                    #expect(try await Self.code(viewer.ask(2, .listInvitations)) == .forbidden)
                }
                guard case .invitations(let list) = try await host.ask(3, .listInvitations) else {
                    Issue.record("no list")
                    return
                }
                #expect(list.map(\.id) == [invitation.id] && list.map(\.used) == [2] && list.map(\.uses) == [2])
                #expect(try await host.ask(4, .revokeInvitation(invitation.id)) == .ok)
                #expect(try await Self.code(host.ask(5, .revokeInvitation(invitation.id))) == .noSuchInvitation)
                #expect(
                    try await Self.exchange(port, ["invitation": link, "token": first.token ?? ""]).code
                        == "invitationRevoked")
                let out = try await SignalingClient.connect(port) { try await $0.join(1, token: second.token) }
                #expect(Self.code(out) == .invitationRevoked)
            }
        }
    }

    @Test func nobodyInvitesToAHigherRoleThanTheirOwn() async throws {
        try await SignalingClient.withService(isDevelopment: false) { port in
            try await SignalingClient.connect(port) { host in
                _ = try await host.join(1, token: Self.token("host"))
                guard case .invitation(_, let link) = try await host.ask(2, .createInvitation(.init(role: "host")))
                else {
                    Issue.record("a host invites hosts")
                    return
                }
                #expect(try await Self.exchange(port, ["invitation": link]).role == "host")
                #expect(try await Self.code(host.ask(3, .createInvitation(.init(role: "king")))) == .badMessage)
            }
            try await SignalingClient.connect(port) { moderator in
                _ = try await moderator.join(1, token: Self.token("moderator", identity: "mia"))
                #expect(try await Self.code(moderator.ask(2, .createInvitation(.init(role: "host")))) == .forbidden)
                guard case .invitation = try await moderator.ask(3, .createInvitation(.init(role: "moderator"))) else {
                    Issue.record("a moderator invites moderators")
                    return
                }
            }
        }
    }

    @Test func whatIsNoInvitationIsRefusedWithItsReason() async throws {
        let signer = AccessTokenSigner(key: try TestServer.key())
        let now = Int(Date().timeIntervalSince1970)
        @Sendable func invitation(_ room: String = "friday", _ role: String = "viewer", expiresAt: Int) -> String {
            signer.sign(InvitationClaims(id: "i", room: room, role: role, expiresAt: expiresAt))
        }
        let cases = [
            ("nonsense", "badInvitation"), (try Self.token("viewer"), "badInvitation"),
            (invitation(expiresAt: now - 60), "invitationExpired"),
            (invitation("a/b", expiresAt: now + 3_600), "badInvitation"),
            (invitation("friday", "king", expiresAt: now + 3_600), "badInvitation"),
        ]
        try await SignalingClient.withService(isDevelopment: false) { port in
            for (text, code) in cases { #expect(try await Self.exchange(port, ["invitation": text]).code == code) }
            #expect(try await Self.exchange(port, ["room": "friday"]).code == "notFound")
            let elsewhere = try await Self.exchange(
                port, ["invitation": invitation(expiresAt: now + 3_600)], headers: ["Origin: https://evil.example"])
            #expect(elsewhere.code == "wrongOrigin")
        }
    }

    @Test func whoWasRemovedStaysOut() async throws {
        try await SignalingClient.withService(isDevelopment: false) { port in
            try await SignalingClient.connect(port) { host in
                _ = try await host.join(1, token: Self.token("host"))
                let token = try Self.token("viewer", identity: "eve")
                try await SignalingClient.connect(port) { viewer in
                    guard case .joined(let joined) = try await viewer.join(1, token: token) else { return }
                    #expect(try await host.ask(2, .removeParticipant(joined.participant.id)) == .ok)
                    let reason = try await viewer.event { if case .closed(let reason, _) = $0 { reason } else { nil } }
                    #expect(reason == .removed)
                }
                let again = try await SignalingClient.connect(port) { try await $0.join(1, token: token) }
                #expect(Self.code(again) == .removed)
            }
        }
    }

    @Test func aTokenForAnotherRoleSaysWhatItIsFor() async throws {
        try await SignalingClient.withService(isDevelopment: false) { port in
            let reply = try await SignalingClient.connect(port) {
                try await $0.join(1, role: "host", token: Self.token("viewer"))
            }
            #expect(reply == .error(code: .forbidden, message: "this token lets its holder in as viewer, not as host"))
        }
    }

    // MARK: Waiting

    @Test func whoComesBeforeTheHostWaitsAndComesInByThemselves() async throws {
        try await SignalingClient.withService(isDevelopment: false) { port in
            try await SignalingClient.connect(port) { viewer in
                try await viewer.sendJoin(1, token: Self.token("viewer", identity: "bob"), wait: true)
                guard case .waiting(1, let message) = try await viewer.next() else {
                    Issue.record("the viewer does not wait")
                    return
                }
                #expect(message.contains("not open yet"))
                #expect(try await viewer.ask(2, .ping) == .ok)
                #expect(try await Self.code(viewer.ask(3, .stage(.request))) == .notJoined)
                let again = try await viewer.join(4, token: Self.token("viewer"))
                guard case .error(.alreadyJoined, let text) = again else {
                    Issue.record("a second join was taken: \(again)")
                    return
                }
                #expect(text.contains("waits for its room"), "\(text)")
                try await SignalingClient.connect(port) { host in
                    _ = try await host.join(1, token: Self.token("host"))
                    guard case .joined(let joined) = try await viewer.reply(1) else {
                        Issue.record("the viewer did not come in")
                        return
                    }
                    #expect(joined.room.hosts == 1 && joined.stage.members.count == 1)
                }
            }
        }
    }

    @Test func withoutWaitingTheRoomIsNotThereAndTheServersEndEndsTheWait() async throws {
        let (waiting, signal) = AsyncStream<Void>.makeStream()
        let (ports, port) = AsyncStream<Int>.makeStream()
        async let code: UInt16? = {
            for await port in ports {
                let reply = try await SignalingClient.connect(port) {
                    try await $0.join(1, token: Self.token("viewer"))
                }
                #expect(Self.code(reply) == .noSuchRoom)
                return try await SignalingClient.connect(port) { client in
                    try await client.sendJoin(1, token: Self.token("viewer"), wait: true)
                    _ = try await client.next()
                    signal.yield()
                    return try await client.raw.closeCode()
                }
            }
            throw CancellationError()
        }()
        try await SignalingClient.withService(isDevelopment: false) { number in
            port.yield(number)
            for await _ in waiting { break }
        }
        #expect(try await code == 1001)
    }
}
