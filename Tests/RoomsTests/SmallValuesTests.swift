import Primitives
import RTP
import Testing

@testable import Rooms

struct AudienceCounterTests {
    @Test func tellsTheFirstChangeAtOnceAndThenOncePerInterval() {
        var counter = AudienceCounter(interval: .seconds(1))
        let start = MonotonicInstant.zero
        #expect(counter.update(1, now: start) == 1)
        #expect(counter.update(2, now: start + .milliseconds(10)) == nil)
        #expect(counter.update(3, now: start + .milliseconds(20)) == nil)
        #expect(counter.nextTimeout == start + .seconds(1))
        #expect(counter.handleTimeout(at: start + .milliseconds(999)) == nil)
        #expect(counter.handleTimeout(at: start + .seconds(1)) == 3)
        #expect(counter.nextTimeout == nil)
        #expect(counter.update(4, now: start + .milliseconds(1_500)) == nil)
        #expect(counter.update(5, now: start + .milliseconds(2_100)) == 5)
    }

    @Test func aChangeThatWasTakenBackIsNotTold() {
        var counter = AudienceCounter(interval: .seconds(1))
        #expect(counter.update(1, now: .zero) == 1)
        #expect(counter.update(2, now: .zero + .milliseconds(1)) == nil)
        #expect(counter.update(1, now: .zero + .milliseconds(2)) == nil)
        #expect(counter.nextTimeout == nil)
    }
}

extension AudienceCounterTests {
    @Test func aNewcomerWhoWasToldMoreIsSetRight() {
        var counter = AudienceCounter(interval: .seconds(1))
        #expect(counter.update(1, now: .zero) == 1)
        #expect(counter.update(2, now: .zero + .milliseconds(1)) == nil)
        counter.noteTold()
        #expect(counter.update(1, now: .zero + .milliseconds(2)) == nil)
        #expect(counter.handleTimeout(at: .zero + .seconds(1)) == 1)
        #expect(counter.nextTimeout == nil)
    }
}

struct DurationHistogramTests {
    @Test func countsByClassAndAddsUp() {
        var histogram = DurationHistogram()
        histogram.note(.milliseconds(25))
        histogram.note(.microseconds(25_001))
        histogram.note(.seconds(60))
        #expect(histogram.counts.first == 1 && histogram.counts[1] == 1 && histogram.counts.last == 1)
        #expect(histogram.sum == .microseconds(60_050_001))
        var sum = histogram
        sum.add(histogram)
        #expect(sum.count == 6)
    }
}

struct ParticipantIDTests {
    @Test func textAndNumberLeadToEachOther() throws {
        #expect(try participant(7).description == "p7")
        #expect(ParticipantID("p7") == ParticipantID(number: 7))
        for wrong in ["", "p", "7", "p0", "p07", "p-1", "p+1", "q7", "p268435456", "p99999999999999999999"] {
            #expect(ParticipantID(wrong) == nil, "\(wrong)")
        }
    }

    @Test func everySourceOfEveryParticipantHasACSRCOfItsOwn() throws {
        var seen: Set<UInt32> = []
        for number in [1, 2, 3, ParticipantID.maximumNumber] {
            for source in TrackSource.allCases {
                let csrc = try participant(number).csrc(of: source)
                #expect(csrc > 0 && seen.insert(csrc).inserted)
            }
        }
    }
}

struct RoomsConfigurationTests {
    @Test func theDefaultsAreValid() { #expect(RoomsConfiguration().validate() == []) }

    @Test func everyProblemIsListed() {
        var configuration = RoomsConfiguration()
        configuration.maximumRooms = 0
        configuration.settings.stageCapacity = -1
        configuration.eventBacklog = 1
        configuration.emptyRoomGrace = .seconds(-1)
        configuration.audienceInterval = .zero
        configuration.settings.audioCodecs = []
        configuration.settings.videoCodecs = [.vp8, .opus]
        let problems = configuration.validate()
        #expect(problems.count == 7)
        for name in ["maximumRooms", "stageCapacity", "eventBacklog", "emptyRoomGrace", "audienceInterval"] {
            #expect(problems.contains { $0.hasPrefix(name) }, "\(name)")
        }
    }
}

struct RolePermissionsTests {
    @Test func onlyHostsManageAndOnlyHostsAndModeratorsModerate() {
        #expect(Role.allCases.filter(\.permissions.canManageRoom) == [.host])
        #expect(Role.allCases.filter(\.permissions.canModerate) == [.host, .moderator])
        #expect(Role.allCases.filter(\.permissions.startsOnStage) == [.host, .costreamer])
    }
}
