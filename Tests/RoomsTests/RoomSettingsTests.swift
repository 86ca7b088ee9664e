import Primitives
import RTP
import TestSupport
import Testing

@testable import Rooms

/// Rooms of one server that differ in what their makers chose.
struct RoomSettingsTests {
    @Test func roomsOfOneServerHaveCodecsAndLimitsOfTheirOwn() async throws {
        let house = try House()
        var settings = RoomSettings()
        settings.videoCodecs = [.h264]
        settings.stageCapacity = 1
        settings.maximumParticipants = 2
        #expect(try await house.registry.makeRoom("small", settings: settings))
        let host = try await house.join("host", .host, room: "small")
        #expect(host.room.videoCodecs == [.h264] && host.room.stageCapacity == 1)
        #expect(host.answer?.contains("VP8/90000") == false)
        let viewer = try await house.join("viewer", room: "small")
        try await viewer.session.stage(.request)
        let full = await #expect(throws: RoomError.self) {
            try await host.session.moderate(.approve(viewer.participant.id))
        }
        #expect(full?.code == .stageFull)
        let late = await #expect(throws: JoinError.self) { _ = try await house.join("late", room: "small") }
        #expect(late?.code == .roomFull)
        let other = try await house.join("host", .host, room: "large")
        #expect(other.room.videoCodecs == RoomSettings().videoCodecs && other.room.stageCapacity == 16)
    }

    @Test func aRoomIsMadeOnceAndEndsWhereNobodyComes() async throws {
        let house = try House { $0.maximumRooms = 1 }
        #expect(try await house.registry.makeRoom("a", settings: RoomSettings()))
        #expect(try await !house.registry.makeRoom("a", settings: RoomSettings()))
        let full = await #expect(throws: JoinError.self) {
            _ = try await house.registry.makeRoom("b", settings: RoomSettings())
        }
        #expect(full?.code == .serverFull)
        await house.pass(.seconds(31))
        #expect(await house.registry.snapshot().rooms.isEmpty)
        #expect(try await house.registry.makeRoom("b", settings: RoomSettings()))
    }

    @Test func settingsThatCannotBeAreRefusedWithAllThatIsWrong() async throws {
        let house = try House()
        var settings = RoomSettings()
        settings.stageCapacity = 0
        settings.videoCodecs = [.opus]
        let error = await #expect(throws: JoinError.self) {
            _ = try await house.registry.makeRoom("a", settings: settings)
        }
        #expect(error?.code == .badRequest)
        #expect(
            error?.message
                == "stageCapacity is 0, but must be 1 to 1000; videoCodecs names opus, which is an audio codec")
    }

    @Test func encryptionOfAMadeRoomHoldsAgainstJoinsThatSayOtherwise() async throws {
        let house = try House()
        var settings = RoomSettings()
        settings.hasEncryptedPayloads = true
        _ = try await house.registry.makeRoom("secret", settings: settings)
        #expect(try await house.join("a", room: "secret").room.isEncrypted)
        let error = await #expect(throws: JoinError.self) {
            _ = try await house.join("b", room: "secret", isEncrypted: false)
        }
        #expect(error?.code == .encryptionDiffers)
    }
}
