import AccessTokens
import Rooms
import SDP
import Testing

@testable import HTTPDoors

/// Invitations, revocations and removals at both doors.
struct AdmissionTests {
    @Test func anInvitationIsNoTokenAndTheDoorsSaySo() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let invitation = AccessTokenSigner(key: try DoorHouse.key()).sign(
                InvitationClaims(id: "i", room: "stage", role: "costreamer", expiresAt: DoorHouse.now + 60))
            for (path, offer) in [("/whip/stage", DoorHouse.publishing()), ("/whep/stage", DoorHouse.playing())] {
                let reply = try await house.http.post(path, offer, ["Authorization": "Bearer \(invitation)"])
                #expect(reply.status == 401)
                #expect(try #require(reply.problem?.detail).contains("an invitation, not an access token"))
            }
        }
    }

    @Test func tokensOfARevokedInvitationAreRefused() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let admissions = house.rooms.admissions
            try admissions.add(Invitation(id: "i", role: .costreamer, expiresAt: DoorHouse.now + 60), to: "stage")
            let token = try DoorHouse.bearer("ada", invitation: "i")
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing(), token).status == 201)
            try admissions.revoke("i", of: "stage")
            for (path, offer) in [("/whip/stage", DoorHouse.publishing()), ("/whep/stage", DoorHouse.playing())] {
                let reply = try await house.http.post(path, offer, token)
                #expect(reply.status == 403 && reply.problem?.code == "invitationRevoked")
            }
        }
    }

    @Test func whoWasRemovedComesInByNoDoor() async throws {
        try await DoorHouse.open(isDevelopment: false) { house async throws in
            let token = try DoorHouse.bearer("eve")
            #expect(try await house.http.post("/whip/stage", DoorHouse.publishing(), token).status == 201)
            #expect(try await house.http.post("/whep/stage", DoorHouse.playing(), token).status == 201)
            let host = try await house.rooms.join(
                JoinRequest(
                    room: "stage", identity: "ann", name: "Ann", role: .host,
                    media: .offer(MediaOffer(Offer(parsing: DoorHouse.offer(.sendonly))))))
            let publisher = try #require(await house.participants().first { $0.identity == "eve" })
            try await host.session.moderate(.remove(publisher.id))
            #expect(await house.participants().map(\.identity) == ["ann"], "the player with her token went too")
            for (path, offer) in [("/whip/stage", DoorHouse.publishing()), ("/whep/stage", DoorHouse.playing())] {
                let reply = try await house.http.post(path, offer, token)
                #expect(reply.status == 403 && reply.problem?.code == "removed")
            }
            #expect(
                try await house.http.post("/whep/stage", DoorHouse.playing(), DoorHouse.bearer("bob")).status == 201)
        }
    }
}
