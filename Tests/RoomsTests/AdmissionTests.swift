import Primitives
import TestSupport
import Testing

@testable import Rooms

/// Who stays out, and which invitations are good.
@Suite(.timeLimit(.minutes(1)))
struct AdmissionTests {
    private func credential(_ subject: String, seconds: Int = 600, invitation: String? = nil) -> Credential {
        Credential(subject: subject, expiresAt: House.start + seconds, invitation: invitation)
    }

    @Test func whoWasRemovedStaysOutUntilTheTokenExpires() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", credential: credential("bob"))
        try await host.session.moderate(.remove(guest.participant.id))
        func code() async throws -> JoinError.Code? {
            do {
                await (try house.join("bob", credential: credential("bob"))).session.leave()
                return nil
            } catch let error as JoinError { return error.code }
        }
        #expect(try await code() == .removed)
        #expect(try await house.join("cid", credential: credential("cid")).participant.identity == "cid")
        _ = try await house.join("bob", room: "other", credential: credential("bob"))
        try await host.session.endRoom()
        #expect(try await code() == .removed, "in a new room of the same name too")
        await house.pass(.seconds(611))
        #expect(try await code() == nil)
    }

    @Test func allWhoCameWithTheTokenGoAndPlayersToo() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", credential: credential("bob"))
        _ = try await house.join("whep:1", credential: credential("bob"))
        _ = try await house.join("cid", credential: credential("cid"))
        try await host.session.moderate(.remove(guest.participant.id))
        #expect(await house.registry.snapshot().participants == 2)
        let error = await #expect(throws: JoinError.self) {
            try await house.join("whep:2", credential: self.credential("bob"))
        }
        #expect(error?.code == .removed)
    }

    @Test func withoutATokenTheIdentityStaysOutUntilTheRoomEnds() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob")
        try await host.session.moderate(.remove(guest.participant.id))
        await #expect(throws: JoinError.self) { try await house.join("bob") }
        try await host.session.endRoom()
        _ = try await house.join("bob")
    }

    @Test func aRevokedInvitationsTokensAreRefusedAndThosePresentStay() async throws {
        let house = try House()
        let invitation = Invitation(id: "i", role: .viewer, expiresAt: House.start + 600)
        try house.registry.admissions.add(invitation, to: "stage")
        _ = try await house.join("bob", credential: credential("bob", invitation: "i"))
        try house.registry.admissions.revoke("i", of: "stage")
        let error = await #expect(throws: JoinError.self) {
            try await house.join("cid", credential: self.credential("cid", invitation: "i"))
        }
        #expect(error?.code == .invitationRevoked)
        #expect(await house.registry.snapshot().participants == 1)
        #expect(throws: InvitationError.self) { try house.registry.admissions.revoke("i", of: "stage") }
        #expect(house.registry.admissions.refusal(of: credential("x", invitation: "i"), from: "other") == nil)
    }

    // MARK: Invitations

    @Test func usesAreCountedByIdentities() throws {
        let admissions = Admissions { House.start }
        let invitation = Invitation(id: "i", role: .viewer, expiresAt: House.start + 600, uses: 2)
        func exchange(_ returning: String? = nil) -> InvitationError.Code? {
            do throws(InvitationError) {
                try admissions.exchange(invitation, of: "r", returning: returning)
                return nil
            } catch { return error.code }
        }
        #expect(exchange() == nil && exchange() == nil)
        #expect(exchange() == .invitationUsedUp)
        #expect(exchange("one of them") == nil, "a reload is no use")
        #expect(admissions.invitations(of: "r").map(\.used) == [2], "one made elsewhere is known from its first use on")
        try admissions.revoke("i", of: "r")
        #expect(exchange("one of them") == .invitationRevoked && admissions.invitations(of: "r").isEmpty)
    }

    @Test func aRemovedPersonGetsNoFurtherTokenByTheEarlierOne() async throws {
        let house = try House()
        let host = try await house.join("ann", .host)
        let guest = try await house.join("bob", credential: credential("bob", invitation: "i"))
        try await host.session.moderate(.remove(guest.participant.id))
        let invitation = Invitation(id: "i", role: .viewer, expiresAt: House.start + 600)
        let error = #expect(throws: InvitationError.self) {
            try house.registry.admissions.exchange(invitation, of: "stage", returning: "bob")
        }
        #expect(error?.code == .removed)
    }

    @Test func invitationsAreKeptInBoundedNumberAndForgottenWhenTheyExpire() throws {
        let clock = ManualClock()
        let admissions = Admissions { Int(clock.now.offset.components.seconds) }
        for number in 0..<InvitationLedger.maximumInvitationsPerRoom {
            try admissions.add(Invitation(id: "\(number)", role: .viewer, expiresAt: 60 + number), to: "r")
        }
        let error = #expect(throws: InvitationError.self) {
            try admissions.add(Invitation(id: "more", role: .viewer, expiresAt: 60), to: "r")
        }
        #expect(error?.code == .tooManyInvitations)
        #expect(admissions.invitations(of: "r").map(\.id).prefix(2) == ["0", "1"], "the oldest first")
        clock.advance(by: .seconds(60))
        try admissions.add(Invitation(id: "more", role: .viewer, expiresAt: 600), to: "r")
        var ledger = InvitationLedger()
        for number in 0..<InvitationLedger.maximumInvitations {
            let isTaken = ledger.add(Invitation(id: "i", role: .viewer, expiresAt: 60), to: "\(number)", now: 0)
            #expect(isTaken)
        }
        let more = Invitation(id: "i", role: .viewer, expiresAt: 600)
        let (early, late) = (ledger.add(more, to: "more", now: 0), ledger.add(more, to: "more", now: 60))
        #expect(!early && late)
    }

    @Test func whatIsRememberedOfRemovedPeopleIsBounded() {
        var set = ExpiringSet<Int>(capacity: 3)
        for (entry, expiry) in [(1, 50), (2, 20), (3, 40), (4, 60)] { set.insert(entry, until: expiry, now: 0) }
        #expect([1, 2, 3, 4].map { set.contains($0, now: 0) } == [true, false, true, true])
        set.insert(1, until: 10, now: 0)
        #expect(set.contains(1, now: 49) && !set.contains(1, now: 50) && set.count == 3)
    }

    @Test func exchangesAreBoundedInTime() throws {
        let clock = ManualClock()
        let admissions = Admissions { 1_000 + Int(clock.now.offset.components.seconds) }
        let invitation = Invitation(id: "i", role: .viewer, expiresAt: 9_999)
        func admitted() -> Int {
            (0..<3_000).count { _ in (try? admissions.exchange(invitation, of: "r", returning: nil)) != nil }
        }
        #expect(admitted() == Admissions.exchangeBurst)
        clock.advance(by: .seconds(1))
        #expect(admitted() == Admissions.exchangesPerSecond)
        clock.advance(by: .seconds(-500))
        #expect(admitted() == 0)
        clock.advance(by: .seconds(1))
        #expect(admitted() == Admissions.exchangesPerSecond, "a wall clock that was set back")
    }

    // MARK: First come, first host

    @Test func onlyOneBecomesHostByTheirOwnWord() async throws {
        let house = try House()
        let host = try await house.join("ann", .host, isSelfAppointed: true)
        for role in [Role.host, .moderator] {
            let error = await #expect(throws: JoinError.self) {
                try await house.join("eve", role, isSelfAppointed: true)
            }
            #expect(error?.code == .hostTaken)
        }
        _ = try await house.join("bob", .costreamer, isSelfAppointed: true)
        _ = try await house.join("cid", .host)
        let again = try await house.join("ann", .host, isSelfAppointed: true)
        #expect(again.participant.standing == .onStage)
        await again.session.signalingLost()
        _ = host
    }

    @Test func theHostsPlaceIsKeptForTheirReturn() async throws {
        let house = try House()
        let host = try await house.join("ann", .host, isSelfAppointed: true)
        _ = try await house.join("bob")
        await host.session.signalingLost()
        await house.pass(.seconds(9))
        await #expect(throws: JoinError.self) { try await house.join("eve", .host, isSelfAppointed: true) }
        await house.pass(.seconds(21))
        _ = try await house.join("eve", .host, isSelfAppointed: true)
    }
}
