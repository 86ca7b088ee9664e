import Primitives
import Rooms
import SignalingProtocol
import TestSupport
import Testing

@testable import SignalingServer

@Suite(.timeLimit(.minutes(2)))
struct ResumeTests {
    /// One client loses its connections at random places, with requests under way, and resumes; another one never does. Both are told
    /// the same, and nothing that was asked for happens twice or not at all.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func whoLosesTheConnectionIsToldWhatOthersAreTold(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let house = try SessionHouse()
        let host = CutClient(house.server), steady = CutClient(house.server), cut = CutClient(house.server)
        try await host.join("stage", role: "host", identity: "ann")
        // Moderators both: what is told about raised hands is for them too.
        try await cut.join("stage", role: "moderator", identity: "bob")
        try await steady.join("stage", role: "moderator", identity: "cid")
        await host.send(.lockRoom(true))
        func isTold(_ client: CutClient) -> Bool {
            client.events.contains { if case .room(true, _, _) = $0 { true } else { false } }
        }
        for client in [cut, steady] { try await client.read { isTold(client) } }
        let beginning = (cut.events.count, steady.events.count)
        var tasks: [Task<Void, Never>] = []
        var guests: [Joined] = []
        var isLocked = true
        var created = 0
        for step in 0..<80 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1:
                isLocked.toggle()
                await host.send(.lockRoom(isLocked))
            case 2: if !isLocked { guests.append(try await house.newcomer("guest-\(step)")) }
            case 3:
                if let guest = guests.popLast() { await guest.session.leave() }
            case 4:
                created += 1
                tasks.append(try cut.start(.createInvitation(InvitationRequest(role: "viewer"))))
            case 5: try cut.read(Int.random(in: 0..<6, using: &generator))
            case 6:
                let lost = cut.connection, session = cut.session
                lost.cut()
                // The server may notice at once, later, or not before the client is back.
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: await session.detach(lost)
                case 1: tasks.append(Task { await session.detach(lost) })
                default: break
                }
                if Bool.random(using: &generator) { await host.send(.lockRoom(isLocked)) }
                try await cut.resume()
                #expect(cut.isResumed)
            default: await Task.yield()
            }
        }
        for task in tasks { await task.value }
        try await cut.resume()
        try cut.read()
        #expect(cut.isResumed && cut.open.isEmpty)
        await host.send(.endRoom)
        func isOver(_ client: CutClient) -> Bool { if case .closed = client.events.last { true } else { false } }
        try await cut.read { isOver(cut) }
        try await steady.read { isOver(steady) }
        #expect(cut.events.dropFirst(beginning.0) == steady.events.dropFirst(beginning.1))
        let invitations = house.registry.admissions.invitations(of: "stage")
        #expect(invitations.count == created)
        let answered = cut.replies.values.flatMap { $0 }.compactMap { reply in
            if case .invitation(let invitation, _) = reply { invitation.id } else { nil }
        }
        #expect(Set(answered) == Set(invitations.map(\.id)), "each was answered")
    }

    @Test func anotherTokenIsRefusedAndAJoinMayFollow() async throws {
        let house = try SessionHouse()
        let client = CutClient(house.server)
        try await client.join("stage", role: "viewer", identity: "bob")
        try await client.resume(token: "0123456789abcdef0123456789abcdef")
        #expect(!client.isResumed && code(client) == .resumeExpired && client.connection.closeCode == nil)
        await client.send(.join(JoinMessage(identity: "eve", room: "stage", media: nil)))
        try client.read()
        #expect(client.replies.values.flatMap { $0 }.filter { if case .joined = $0 { true } else { false } }.count == 2)
    }

    @Test func aConnectionThatSeemsAliveGivesWay() async throws {
        let house = try SessionHouse()
        let client = CutClient(house.server)
        try await client.join("stage", role: "viewer", identity: "bob")
        let older = client.connection
        try await client.resume()
        #expect(client.isResumed && older.closeCode == .resumedElsewhere)
        // What the older connection still brings is not listened to, and its end is not a loss.
        _ = await client.session.receive(#"{"type":"leave","id":99}"#, from: older)
        await client.session.detach(older)
        let report = try #require(await house.registry.report(of: "stage"))
        #expect(report.participants.map(\.resumes) == [1] && report.participants.map(\.awayFor) == [nil])
        #expect(house.server.desk.detached == 0)
    }

    @Test func missedEventsThatAreNotKeptEndTheResume() async throws {
        let house = try SessionHouse()
        let host = CutClient(house.server), client = CutClient(house.server)
        try await host.join("stage", role: "host", identity: "ann")
        try await client.join("stage", role: "viewer", identity: "bob")
        let lost = client.connection
        lost.cut()
        await client.session.detach(lost)
        #expect(house.server.desk.detached == 1)
        for count in 0...EventLog.maximumEvents { await host.send(.lockRoom(count % 2 == 0)) }
        let session = client.session
        for _ in 0..<100_000 where await session.log.lastSeq <= EventLog.maximumEvents { await Task.yield() }
        try await client.resume()
        #expect(code(client) == .resumeIncomplete)
        #expect(house.server.desk.detached == 1, "another client may know more")
        try await client.resume(after: ProtocolLimits.largestInteger)
        #expect(code(client) == .resumeIncomplete)
    }

    @Test func theReasonIsTheOneForWhichTheSessionEnded() async throws {
        for (identity, expected) in [
            ("bob", ErrorCode.removed), ("cid", .replaced), ("dan", .roomEnded), ("eve", .resumeExpired),
        ] {
            let house = try SessionHouse()
            let host = CutClient(house.server), client = CutClient(house.server)
            try await host.join("stage", role: "host", identity: "ann")
            try await client.join("stage", role: "viewer", identity: identity)
            guard case .joined(let joined) = client.replies[1]?.first else { continue }
            client.connection.cut()
            let session = client.session
            await session.detach(client.connection)
            switch identity {
            case "bob": await host.send(.removeParticipant(joined.participant.id))
            case "cid":
                let again = CutClient(house.server)
                try await again.join("stage", role: "viewer", identity: identity)
            case "dan": await host.send(.endRoom)
            default:
                house.clock.advance(by: .seconds(31))
                await house.registry.handleTimeouts()
            }
            // The session's own task hears of it in a moment.
            for _ in 0..<100_000 where await !session.isOver { await Task.yield() }
            try await client.resume()
            #expect(code(client) == expected, "\(identity)")
        }
    }

    @Test func whoBrokeTheRulesDoesNotResume() async throws {
        let house = try SessionHouse()
        let client = CutClient(house.server)
        try await client.join("stage", role: "viewer", identity: "bob")
        await client.session.forbidResuming(from: client.connection)
        await client.session.detach(client.connection)
        try await client.resume()
        #expect(code(client) == .resumeExpired)
    }

    /// Through sockets: the one that is reset, and the one that takes over.
    @Test func aSocketThatIsLostIsReplacedByAnother() async throws {
        try await SignalingClient.withService { port in
            try await SignalingClient.connect(port) { (host: SignalingClient) async throws -> Void in
                _ = try await host.join(1, role: "host", name: "Ada")
                try await SignalingClient.connect(port) { (lost: SignalingClient) async throws -> Void in
                    guard case .joined(let joined) = try await lost.join(1, name: "Grace") else { return }
                    let token = try #require(joined.resumeToken)
                    #expect(try await host.ask(2, .lockRoom(true)) == .ok)
                    try await SignalingClient.connect(port) { (next: SignalingClient) async throws -> Void in
                        let resume = ResumeMessage(resumeToken: token, lastSeq: 0)
                        #expect(try await next.ask(1, .resume(resume)) == .resumed(missed: 1))
                        #expect(try await next.next() == .event(seq: 1, .room(locked: true, hosts: 1, endsInMs: nil)))
                        #expect(try await lost.raw.closeCode() == 4008)
                        #expect(try await next.ask(2, .stage(.request)) == .ok)
                    }
                }
            }
        }
    }

    /// What the client's network has is not kept; an answer to a ping that nobody sent says nothing.
    @Test(arguments: [true, false])
    func answersToPingsConfirmWhatCame(isTrue: Bool) async throws {
        try await SignalingClient.withService(isDevelopment: true) {
            $0.pingInterval = .milliseconds(20)
            $0.silenceTimeout = .seconds(60)
        } _: { port in
            try await SignalingClient.connect(port) { (host: SignalingClient) async throws -> Void in
                _ = try await host.join(1, role: "host")
                let token = try #require(try await Self.events(3, host, port, isTrue: isTrue))
                try await SignalingClient.connect(port) { (next: SignalingClient) async throws -> Void in
                    let resume = ResumeMessage(resumeToken: token, lastSeq: 0)
                    guard isTrue else {
                        #expect(try await next.ask(1, .resume(resume)) == .resumed(missed: 3))
                        return
                    }
                    guard case .error(let code, _) = try await next.ask(1, .resume(resume)) else {
                        Issue.record("confirmed events are kept")
                        return
                    }
                    #expect(code == .resumeIncomplete)
                    let known = ResumeMessage(resumeToken: token, lastSeq: 3)
                    #expect(try await next.ask(2, .resume(known)) == .resumed(missed: 0))
                }
            }
        }
    }

    /// Joins, is told of so many locks, and answers pings until all must be confirmed.
    private static func events(
        _ count: Int, _ host: SignalingClient, _ port: Int, isTrue: Bool
    ) async throws -> String? {
        try await SignalingClient.connect(port) { (viewer: SignalingClient) async throws -> String? in
            guard case .joined(let joined) = try await viewer.join(1) else { return nil }
            for number in 0..<count { _ = try await host.ask(10 + number, .lockRoom(number % 2 == 0)) }
            var answered = 0
            while answered < 4 {
                let frame = try await viewer.raw.frame()
                guard frame.opcode == 9 else { continue }
                try await viewer.raw.send(opcode: 10, isTrue ? frame.data : [1] + frame.data.dropFirst())
                if frame.data.last == UInt8(count) { answered += 1 }
            }
            // The answers are read before this is.
            _ = try await viewer.ask(2, .ping)
            return joined.resumeToken
        }
    }

    @Test func sessionsThatWaitAreBoundedAndSoIsWhatIsRememberedOfTheirEnds() throws {
        let house = try SessionHouse()
        let desk = ResumeDesk(), session = SignalingSession(house.server, TestConnection())
        for number in 0...ResumeDesk.maximumDetached {
            desk.add(session, token: "\(number)")
            desk.noteDetached(token: "\(number)")
            desk.noteDetached(token: "\(number)")
        }
        #expect(desk.detached == ResumeDesk.maximumDetached)
        #expect(throws: ResumeDesk.expired) { try desk.session("0") }
        #expect(throws: Never.self) { try desk.session("1") }
        desk.noteAttached(token: "1")
        #expect(desk.detached == ResumeDesk.maximumDetached - 1)
        let end = MessageError(.removed, "")
        for number in 1...(1 + ResumeDesk.maximumEnds) { desk.remove(token: "\(number)", end: end) }
        #expect(throws: ResumeDesk.expired) { try desk.session("1") }
        #expect(throws: end) { try desk.session("2") }
    }

    private func code(_ client: CutClient) -> ErrorCode? {
        let last = client.replies.keys.max().flatMap { client.replies[$0]?.last }
        if case .error(let code, _) = last { return code }
        return nil
    }
}
