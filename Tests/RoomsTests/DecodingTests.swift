import MediaControl
import RTP
import TestSupport
import Testing

@testable import Rooms

/// What a viewer cannot decode is said at once where it is certain, to the viewer and to the publisher.
struct DecodingTests {
    @Test func aViewerWithoutAnyFormatOfThePublisherIsToldAtOnce() async throws {
        let house = try House()
        let publisher = try await house.join(
            "encoder", .host, offer: Fixture.text("use/h264-42c01e.sdp"), autoPublish: true)
        let viewer = try await house.join("vp8", offer: Fixture.text("use/mid-17-octets.sdp"))
        #expect(viewer.slots.map(\.status) == [.playing, .cannotDecode])
        let other = try await house.join("vp8 too", offer: Fixture.text("use/mid-17-octets.sdp"))
        #expect(other.slots.map(\.status) == [.playing, .cannotDecode])
        let all = try await house.join("browser", offer: Fixture.text("sdp/chromium_recvonly_av.sdp"))
        #expect(!all.slots.map(\.status).contains(.cannotDecode))
        // Once, however many there are.
        let told = await house.history(of: publisher).filter { if case .undecodable = $0 { true } else { false } }
        #expect(told == [.undecodable(.camera)])
    }

    @Test func aViewerOnTheStageOfOthersIsToldWhenOneComes() async throws {
        let house = try House()
        let viewer = try await house.join("vp8", offer: Fixture.text("use/mid-17-octets.sdp"), createsRoom: true)
        _ = try await house.join("encoder", .host, offer: Fixture.text("use/h264-mode0.sdp"), autoPublish: true)
        let changes = await house.history(of: viewer).flatMap { $0.slotChanges ?? [] }.filter { $0.content != nil }
        #expect(changes.map(\.status) == [.playing, .cannotDecode])
    }
}
