import MediaControl
import RTP
import TestSupport
import Testing

@testable import Rooms

/// Viewers who are shown one participant alone.
struct WatchingTests {
    private func request(_ identity: String, watches: String?) throws -> JoinRequest {
        JoinRequest(
            room: "stage", identity: identity, name: identity, role: .viewer,
            media: .text(try Fixture.text("sdp/chromium_recvonly_av.sdp")), watches: watches)
    }

    @Test func anIDGoesBeforeAnIdentityAndThatBeforeAName() async throws {
        let house = try House()
        // The name of p1 is the identity of p2.
        _ = try await house.join("ada", .host, autoPublish: true)
        _ = try await house.join("ADA", .costreamer, autoPublish: true)
        var shown: [UInt32?] = []
        for name in ["p1", "ADA", "ada", "nobody"] as [String] {
            let viewer = try await house.registry.join(request("viewer-\(name)", watches: name))
            shown.append(viewer.slots.compactMap { $0.content?.participant.number }.first)
        }
        #expect(shown == [1, 2, 1, nil])
    }

    @Test func nobodyElseStepsIn() async throws {
        let house = try House()
        _ = try await house.join("ada", .host, autoPublish: true)
        let bob = try await house.join("bob", .costreamer, autoPublish: true)
        let viewer = try await house.registry.join(request("viewer", watches: "bob"))
        #expect(viewer.slots.allSatisfy { $0.content?.participant == bob.participant.id })
        await bob.session.leave()
        let history = await house.history(of: viewer)
        let last = history.compactMap(\.slotChanges).last
        #expect(last?.allSatisfy { $0.status == .empty } == true)
    }
}
