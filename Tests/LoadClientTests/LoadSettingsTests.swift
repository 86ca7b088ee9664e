import LoadClient
import TestMedia
import Testing

struct LoadSettingsTests {
    @Test func theDefaultsAreSound() {
        #expect(LoadSettings().validate().isEmpty)
    }

    @Test func everyProblemIsTold() {
        var settings = LoadSettings()
        settings.rooms = 0
        settings.viewers = -1
        settings.joinsPerSecond = 0
        settings.door = .whip
        settings.promotions = 1
        #expect(settings.validate().count == 5)
    }

    @Test func simulcastIsNotMadeForJanus() {
        var settings = LoadSettings()
        settings.door = .janus
        settings.media.encodings = 3
        #expect(settings.validate().count == 1)
    }
}
