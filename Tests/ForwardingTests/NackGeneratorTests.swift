import Forwarding
import Primitives
import Testing

struct NackGeneratorTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant { .zero + .milliseconds(milliseconds) }

    private func take(
        _ generator: inout NackGenerator, at now: MonotonicInstant, roundTrip: Duration = .milliseconds(50)
    ) -> (numbers: [UInt16], givenUp: Int) {
        var numbers: [UInt16] = []
        let givenUp = generator.takeDue(now: now, roundTrip: roundTrip, into: &numbers)
        return (numbers, givenUp)
    }

    @Test func aGapIsAskedForOnceTheGraceIsOver() {
        var generator = NackGenerator()
        _ = generator.note(70_000, now: at(0))
        let gap = generator.note(70_003, now: at(1))
        #expect(gap == .gap && generator.count == 2)
        #expect(generator.nextTimeout == at(1) + NackGenerator.reorderingGrace)
        #expect(take(&generator, at: at(5)).numbers.isEmpty)
        #expect(take(&generator, at: at(9)).numbers == [4_465, 4_466])
    }

    @Test func whatIsOnlyReorderedIsNotAskedFor() {
        var generator = NackGenerator()
        for number in [10, 13, 12, 11, 14] as [Int64] { _ = generator.note(number, now: at(number)) }
        #expect(generator.count == 0 && generator.nextTimeout == nil)
        #expect(take(&generator, at: at(500)).numbers.isEmpty)
    }

    @Test func aPacketIsAskedForOnceARoundTripAndAtMostSoOften() {
        var generator = NackGenerator()
        _ = generator.note(1, now: at(0))
        _ = generator.note(3, now: at(0))
        var requests: [Int64] = []
        var givenUp = 0
        for millisecond in Int64(0)..<3_000 {
            let taken = take(&generator, at: at(millisecond))
            if !taken.numbers.isEmpty { requests.append(millisecond) }
            givenUp += taken.givenUp
        }
        #expect(requests.count == NackGenerator.maximumRequests)
        #expect(zip(requests, requests.dropFirst()).allSatisfy { $1 - $0 >= 50 })
        #expect(givenUp == 1 && generator.count == 0 && generator.nextTimeout == nil)
    }

    @Test func whatIsNotSentAgainIsGivenUpOnceTheGraceIsOver() {
        var generator = NackGenerator()
        for (number, millisecond) in [(1, 0), (3, 0), (6, 5)] as [(Int64, Int64)] {
            _ = generator.note(number, now: at(millisecond))
        }
        var early = generator.giveUpDue(now: at(7))
        #expect(early == 0 && generator.count == 3)
        early = generator.giveUpDue(now: at(8))
        #expect(early == 1 && generator.nextTimeout == at(13))
        // One came late after all.
        _ = generator.note(4, now: at(12))
        let late = generator.giveUpDue(now: at(13))
        #expect(late == 1 && generator.count == 0 && generator.nextTimeout == nil)
    }

    @Test func onALongPathAgeBoundsTheRequests() {
        var generator = NackGenerator()
        _ = generator.note(1, now: at(0))
        _ = generator.note(3, now: at(0))
        var last: Int64 = 0
        var requests = 0
        for millisecond in Int64(0)..<5_000 {
            guard !take(&generator, at: at(millisecond), roundTrip: .milliseconds(400)).numbers.isEmpty else {
                continue
            }
            requests += 1
            last = millisecond
        }
        #expect(requests == 2 && last < 1_000)
        #expect(generator.count == 0)
    }

    @Test func aPacketThatWasAskedForOnceMeasuresTheRoundTrip() {
        var generator = NackGenerator()
        _ = generator.note(1, now: at(0))
        _ = generator.note(4, now: at(0))
        _ = take(&generator, at: at(10))
        let first = generator.note(2, now: at(50))
        #expect(first == .recovered(requestedAt: at(10)))
        _ = take(&generator, at: at(200))
        let second = generator.note(3, now: at(250))
        #expect(second == .recovered(requestedAt: nil), "either request may have been answered")
        let again = generator.note(3, now: at(251))
        #expect(again == .old)
    }

    @Test func aKeyframeEndsTheAskingForWhatCameBefore() {
        var generator = NackGenerator()
        _ = generator.note(1, now: at(0))
        _ = generator.note(5, now: at(0))
        _ = generator.note(8, now: at(0))
        generator.keyframeBegan(at: 5)
        #expect(take(&generator, at: at(10)).numbers == [6, 7])
        generator.keyframeBegan(at: 8)
        #expect(generator.count == 0 && generator.nextTimeout == nil)
    }

    @Test func aLongGapIsAnInterruption() {
        var generator = NackGenerator()
        _ = generator.note(1, now: at(0))
        _ = generator.note(1 + 200, now: at(0))
        let long = generator.note(1 + 200 + 200, now: at(0))
        #expect(long == .interrupted && generator.count == 0)
        _ = generator.note(403, now: at(1))
        #expect(take(&generator, at: at(100)).numbers == [402])
        generator.reset()
        let anew = generator.note(9_000, now: at(2))
        #expect(anew == .newest && generator.count == 0)
    }

    /// Whatever order and loss: never more than the bound is kept, nothing that came is asked for, and the timeout is
    /// never later than the first packet that is due.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func noSequenceOfPacketsBreaksTheBounds(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var generator = NackGenerator()
        var came: Set<UInt16> = []
        var number: Int64 = 65_536
        for step in Int64(0)..<6_000 {
            number += Int64.random(in: 0..<100, using: &random) < 95 ? 1 : Int64.random(in: -40...60, using: &random)
            number = max(number, 65_536)
            _ = generator.note(number, now: at(step))
            came.insert(UInt16(truncatingIfNeeded: number))
            #expect(generator.count <= NackGenerator.maximumMissing)
            if step.isMultiple(of: 7) {
                let numbers = take(&generator, at: at(step)).numbers
                #expect(numbers.allSatisfy { !came.contains($0) })
                #expect(generator.nextTimeout.map { $0 > at(step) } ?? (generator.count == 0))
            }
        }
    }
}
