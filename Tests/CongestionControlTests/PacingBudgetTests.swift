import CongestionControl
import Primitives
import Testing

@Suite struct PacingBudgetTests {
    @Test func aNormalFrameLeavesWholeAndALongOneInChunks() {
        var budget = PacingBudget(rate: 8e6)
        // 1,000 octets per ms: 30 ms of them at once.
        let answer30 = budget.mayLeave(octets: 30_000, now: at(0))
        #expect(answer30)
        let answer31 = budget.mayLeave(octets: 30_001, now: at(0))
        #expect(!answer31)
        budget.sent(octets: 31_000, now: at(0))
        let answer32 = budget.chunk(now: at(0))
        #expect(answer32 == 0)
        let answer33 = budget.chunk(now: at(1))
        #expect(answer33 == 5_000)
        let answer34 = budget.isIdle(now: at(30))
        #expect(!answer34)
        let answer35 = budget.isIdle(now: at(31))
        #expect(answer35)
    }

    /// With a rate, without one, and with credit: nothing that asks leaves while a budget is held, whatever becomes of the rate.
    @Test(arguments: [PacingBudget(rate: 8e6), PacingBudget(rate: 8e6, credit: 32_768), PacingBudget.unlimited])
    func nothingThatAsksLeavesWhileABudgetIsHeld(_ given: PacingBudget) {
        var budget = given
        budget.hold(now: at(0))
        budget.sent(octets: 200, now: at(1))
        for now in [at(1), at(20_000)] {
            let mayLeave = budget.mayLeave(octets: 100, now: now)
            let chunk = budget.chunk(now: now)
            let isIdle = budget.isIdle(now: now)
            #expect(!mayLeave && chunk == 0 && !isIdle)
        }
        budget.release(now: at(20_000))
        let mayLeave = budget.mayLeave(octets: 100, now: at(20_000))
        let chunk = budget.chunk(now: at(20_000))
        let isIdle = budget.isIdle(now: at(20_000))
        #expect(mayLeave && chunk > 0 && isIdle)
    }

    @Test func aHeldBudgetStaysHeldWhereItsRateRises() {
        var budget = PacingBudget(rate: 100_000)
        budget.hold(now: at(0))
        budget.set(rate: 100e6, now: at(1))
        let mayLeave = budget.mayLeave(octets: 100, now: at(20_000))
        #expect(!mayLeave)
    }

    @Test func runsOfSeveralSlotsShareTheTimeThatOneMayTake() {
        var budget = PacingBudget(rate: 800_000, credit: 10_000)
        let first = budget.runOctets(within: .milliseconds(300), now: at(0))
        #expect(first == 40_000)
        budget.begin(runOctets: 30_000, now: at(0))
        let second = budget.runOctets(within: .milliseconds(300), now: at(0))
        #expect(second == 10_000)
        budget.begin(runOctets: 30_000, now: at(0))
        let third = budget.runOctets(within: .milliseconds(300), now: at(0))
        #expect(third == 0)
        // The credit leaves at once, and 100 octets in each millisecond.
        budget.sent(octets: 10_000, now: at(0))
        let later = budget.runOctets(within: .milliseconds(300), now: at(300))
        #expect(later == 10_000)
    }

    @Test func theRateHoldsOverTime() {
        var budget = PacingBudget(rate: 1e6)
        var sent = 0
        var time = 0.0
        while time < 10_000 {
            let chunk = budget.chunk(now: at(time))
            if chunk > 0 {
                budget.sent(octets: chunk, now: at(time))
                sent += chunk
            }
            time += 5
        }
        #expect(abs(Double(sent) * 8 / 10 - 1e6) < 0.01e6)
    }

    @Test func aDebtInOctetsStaysWhenTheRateChanges() {
        var budget = PacingBudget(rate: 8e6)
        budget.sent(octets: 60_000, now: at(0))
        budget.set(rate: 16e6, now: at(20))
        // 40,000 octets are owed, at 2,000 per ms.
        #expect(!budget.isIdle(now: at(39)))
        #expect(budget.isIdle(now: at(40)))
        // 20,000 of the burst's 60,000 are left.
        #expect(budget.mayLeave(octets: 20_000, now: at(20)))
        #expect(!budget.mayLeave(octets: 20_001, now: at(20)))
    }

    @Test func theCreditLeavesWithoutDebt() {
        var budget = PacingBudget(rate: 8e6, credit: 100_000)
        #expect(budget.mayLeave(octets: 100_000, now: at(0)))
        budget.sent(octets: 90_000, now: at(0))
        #expect(budget.isIdle(now: at(0)))
        budget.sent(octets: 15_000, now: at(0))
        #expect(!budget.isIdle(now: at(4)))
        #expect(budget.isIdle(now: at(5)))
    }

    @Test func withoutARateEverythingMayLeave() {
        var budget = PacingBudget.unlimited
        budget.sent(octets: 1 << 40, now: at(0))
        #expect(budget.mayLeave(octets: 1 << 40, now: at(0)))
        #expect(budget.chunk(now: at(0)) == .max)
        #expect(budget.runOctets(within: .milliseconds(200), now: at(0)) == .max)
        #expect(budget.isIdle(now: at(0)))
    }

    @Test func theLeastRateAndTheLongestDebtDoNotOverflow() {
        var budget = PacingBudget(rate: 0)
        for _ in 0..<10_000 { budget.sent(octets: 65_507, now: at(0)) }
        #expect(!budget.mayLeave(octets: 1, now: at(1e9)))
        budget.set(rate: 1e9, now: at(0))
        budget.set(rate: 0, now: at(0))
        #expect(!budget.mayLeave(octets: 1, now: at(0)))
        #expect(budget.chunk(now: at(0)) == 0)
    }

    @Test func aChunkIsNeverLargerThanAMessage() {
        let budget = PacingBudget(rate: 1e9)
        let answer36 = budget.chunk(now: at(0))
        #expect(answer36 == PacingBudget.maximumChunk)
    }
}
