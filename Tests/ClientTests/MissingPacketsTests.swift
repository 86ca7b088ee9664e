import Client
import Primitives
import Testing

@Suite struct MissingPacketsTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func aGapIsAskedForAfterTheGraceAndAgainAfterARoundTrip() {
        var missing = MissingPackets()
        for sequence in [100, 101, 104] as [Int64] { _ = noted(&missing, sequence, 0) }
        #expect(missing.count == 2 && missing.nextTimeout == at(10))
        let asked = [missing.takeDue(now: at(9)), missing.takeDue(now: at(10)), missing.takeDue(now: at(11))]
        #expect(asked == [[], [102, 103], []])
        #expect(missing.nextTimeout == at(110))
        let repaired = noted(&missing, 102, 50)
        #expect(repaired == .repaired)
        let again = missing.takeDue(now: at(110))
        #expect(again == [103])
    }

    @Test func lateAndDoubledPacketsAreToldApart() {
        var missing = MissingPackets()
        let outcomes = [5, 7, 6, 6, 7, 4, 8].map { noted(&missing, $0, 0) }
        #expect(outcomes == [.newest, .newest, .repaired, .duplicate, .duplicate, .duplicate, .newest])
        #expect(missing.count == 0 && missing.nextTimeout == nil)
    }

    @Test func aPacketIsGivenUpAfterItsRequests() {
        var missing = MissingPackets()
        _ = noted(&missing, 1, 0)
        _ = noted(&missing, 3, 0)
        var requests = 0
        var now: Int64 = 10
        while missing.count > 0, now < 100_000 {
            requests += missing.takeDue(now: at(now)).count
            now += 100
        }
        #expect(requests == MissingPackets.maximumRequests)
        #expect(missing.givenUp == 1)
        let late = noted(&missing, 2, now)
        #expect(late == .duplicate)
    }

    @Test func aGapThatIsTooLongIsGivenUpAsAWhole() {
        var missing = MissingPackets()
        _ = noted(&missing, 1, 0)
        _ = noted(&missing, 3, 0)
        _ = noted(&missing, 10_000, 0)
        #expect(missing.count == 0)
        #expect(missing.givenUp == 9_997)
    }

    private func noted(_ missing: inout MissingPackets, _ sequence: Int64, _ time: Int64) -> MissingPackets.OnPacket {
        missing.noteArrival(of: sequence, now: at(time))
    }
}
