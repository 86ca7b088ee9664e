import MediaControl
import Primitives
import Testing

@testable import Rooms

/// Those whose signaling is lost for a moment, and who take it up again.
@Suite(.timeLimit(.minutes(1)))
struct ResumeTests {
    @Test func nobodyHearsOfALossThatIsMendedSoon() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", .costreamer)
        await guest.session.signalingLost()
        await house.pass(.milliseconds(2_999))
        try await guest.session.signalingBack(1)
        await house.pass(.seconds(60))
        #expect(await house.registry.snapshot().participants == 2)
        #expect(await house.history(of: host).compactMap(\.stageDelta).flatMap(\.changes).map(\.isAway) == [false])
    }

    @Test func aLongerLossIsToldAndTakenBack() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", .costreamer)
        await guest.session.signalingLost()
        await house.pass(.seconds(3))
        try await guest.session.signalingBack(1)
        for joined in [host, guest] {
            let changes = await house.history(of: joined).compactMap(\.stageDelta).flatMap(\.changes)
            #expect(changes.map(\.isAway).suffix(2) == [true, false])
        }
    }

    @Test func whoHasNoMediaIsKeptAsLong() async throws {
        let house = try House()
        var request = try house.request("bob")
        request.media = .none
        let guest = try await house.registry.join(request)
        await guest.session.signalingLost()
        await house.pass(.milliseconds(29_999))
        #expect(await house.registry.snapshot().participants == 1)
        await house.pass(.milliseconds(1))
        #expect(await house.registry.snapshot().participants == 0)
        let error = await #expect(throws: RoomError.self) { try await guest.session.signalingBack(1) }
        #expect(error?.code == .closed)
    }

    @Test func theWindowIsConfigurable() async throws {
        let house = try House { $0.resumeWindow = .seconds(5) }
        let guest = try await house.join("bob")
        await guest.session.signalingLost()
        await house.pass(.seconds(5))
        #expect(await house.registry.snapshot().participants == 0)
    }

    /// The loss of a connection is often noticed after another one has taken its place.
    @Test func theLossOfAnOlderConnectionDoesNotMatter() async throws {
        let house = try House()
        let guest = try await house.join("bob")
        try await guest.session.signalingBack(1)
        await guest.session.signalingLost(0)
        try await guest.session.signalingBack(3)
        try await guest.session.signalingBack(2)
        await guest.session.signalingLost(2)
        await house.pass(.seconds(60))
        #expect(await house.registry.snapshot().participants == 1)
        await guest.session.signalingLost(3)
        await house.pass(.seconds(8))
        #expect(await house.registry.snapshot().participants == 0)
    }

    @Test func silentMediaEndsTheWait() async throws {
        let house = try House()
        try await house.running {
            let guest = try await house.join("bob")
            await house.connect(guest, transport: 0)
            await guest.session.signalingLost()
            house.plane.tell([.transportSilent(house.plane.opened[0].id, true)])
            var reason: CloseReason?
            for await event in guest.events { reason = event.closeReason ?? reason }
            #expect(reason == .vanished)
        }
    }

    @Test func anExpiredTokenOrARemovalEndsTheWait() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        func credential(_ subject: String) -> Credential { Credential(subject: subject, expiresAt: House.start + 5) }
        var request = try house.request("bob", credential: credential("bob"))
        request.media = .none
        let late = try await house.registry.join(request)
        let removed = try await house.join("cid", credential: credential("cid"))
        for guest in [late, removed] { await guest.session.signalingLost() }
        try await host.session.moderate(.remove(removed.participant.id))
        let error = await #expect(throws: RoomError.self) { try await removed.session.signalingBack(1) }
        #expect(error?.code == .closed)
        await house.pass(.seconds(15))
        let expired = await #expect(throws: JoinError.self) { try await late.session.signalingBack(1) }
        #expect(expired?.code == .tokenExpired)
    }
}
