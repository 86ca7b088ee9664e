import CongestionBed
import CongestionControl
import Testing

/// A short set of the cases of Docs/CongestionControl.md; `make cc` runs all of them with 20 seeds.
///
/// Virtual time: what passes here passes on every machine.
@Suite struct CongestionCaseTests {
    static let asserted = [
        "ramp-up", "ramp-up-unprobed", "steps", "steady-4", "rise", "random-loss", "cap-lifted", "no-feedback",
        "jitter", "policer",
        "5.1", "5.3", "5.4", "5.6", "5.8",
    ]

    @Test(arguments: asserted) func aCaseIsNoWorseThanHalfOfItsGoal(id: String) throws {
        let one = try #require(CongestionCase.all.first { $0.id == id })
        for figure in one.run(seed: 1).figures {
            #expect(figure.reachesHalf(figure.value), "\(figure.name): \(figure.value) \(figure.unit)")
        }
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        let one = try #require(CongestionCase.all.first { $0.id == "5.1" })
        let (first, second, other) = (one.run(seed: 5).bed, one.run(seed: 5).bed, one.run(seed: 6).bed)
        #expect(first.media[0].samples.map(\.estimate) == second.media[0].samples.map(\.estimate))
        #expect(first.media[0].samples.map(\.estimate) != other.media[0].samples.map(\.estimate))
    }

    @Test func ownBurstsTakenOutLeaveMoreOfTheEstimate() throws {
        let one = try #require(CongestionCase.all.first { $0.id == "keyframes" })
        let plain = try #require(CongestionCase.all.first { $0.id == "keyframes-plain" })
        let (with, without) = (one.run(seed: 1).figures[1].value, plain.run(seed: 1).figures[1].value)
        #expect(with > 1.1 * without)
    }
}
