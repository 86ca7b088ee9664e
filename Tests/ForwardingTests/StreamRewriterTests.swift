import Forwarding
import Primitives
import Testing

struct StreamRewriterTests {
    private func packet(
        _ sequence: Int64, timestamp: UInt32, at milliseconds: Int64, pictureID: UInt16? = nil
    ) -> StoredPacket {
        StoredPacket(
            sequence: sequence, timestamp: timestamp, arrival: .zero + .milliseconds(milliseconds), payloadType: 96,
            isMarked: false,
            picture: pictureID.map {
                PictureNumbers(width: .long, pictureID: $0, pictureIDOffset: 2, tl0Index: 9, tl0IndexOffset: 4)
            } ?? PictureNumbers())
    }

    @Test func aGapUpstreamStaysAGapOfTheSameWidth() throws {
        var rewriter = StreamRewriter(firstSequence: 100)
        rewriter.switchSource(to: 1, from: packet(5_000, timestamp: 10, at: 0), clockRate: 90_000)
        let firstNumbers = rewriter.rewrite(packet(5_000, timestamp: 10, at: 0))
        let first = try #require(firstNumbers)
        let thirdNumbers = rewriter.rewrite(packet(5_002, timestamp: 20, at: 1))
        let third = try #require(thirdNumbers)
        let secondNumbers = rewriter.rewrite(packet(5_001, timestamp: 15, at: 2))
        let second = try #require(secondNumbers)
        #expect(first.sequence == 65_536 + 101)
        #expect(third.sequence == first.sequence + 2)
        #expect(second.sequence == first.sequence + 1)
    }

    @Test func anotherSourceGoesOnWhereTheLastStopped() throws {
        var rewriter = StreamRewriter(firstSequence: 7)
        rewriter.switchSource(to: 1, from: packet(10, timestamp: 1_000, at: 0), clockRate: 90_000)
        let lastNumbers = rewriter.rewrite(packet(10, timestamp: 1_000, at: 0))
        let last = try #require(lastNumbers)
        // 100 ms later another publisher's keyframe, with numbers of its own.
        let other = packet(60_000, timestamp: 4_000_000_000, at: 100)
        rewriter.switchSource(to: 2, from: other, clockRate: 90_000)
        let nextNumbers = rewriter.rewrite(other)
        let next = try #require(nextNumbers)
        #expect(next.sequence == last.sequence + 1)
        #expect(next.timestamp == last.timestamp + 9_000)
    }

    @Test func packetsFromBeforeTheSwitchAreLeftOut() {
        var rewriter = StreamRewriter(firstSequence: 7)
        rewriter.switchSource(to: 1, from: packet(10, timestamp: 0, at: 0), clockRate: 90_000)
        let early = rewriter.rewrite(packet(9, timestamp: 0, at: 0))
        #expect(early == nil)
    }

    @Test func noOutgoingNumberIsGivenTwice() throws {
        var generator = SeededGenerator(seed: 1)
        var rewriter = StreamRewriter(firstSequence: 40_000)
        var seen = Set<Int64>()
        var next: [Int64] = [100, 60_000, 5]
        for turn in 0..<300 {
            let source = Int.random(in: 0..<3, using: &generator)
            let first = packet(next[source], timestamp: UInt32(turn), at: Int64(turn))
            rewriter.switchSource(to: EncodingID(source), from: first, clockRate: 48_000)
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let numbersNumbers = rewriter.rewrite(packet(next[source], timestamp: 0, at: Int64(turn)))
                let numbers = try #require(numbersNumbers)
                #expect(seen.insert(numbers.sequence).inserted)
                next[source] += Int64.random(in: 1...3, using: &generator)
            }
        }
    }

    @Test func aLateNACKFindsItsSourceAfterASwitch() throws {
        var rewriter = StreamRewriter(firstSequence: 65_000)
        rewriter.switchSource(to: 1, from: packet(10, timestamp: 0, at: 0), clockRate: 90_000)
        var sent: [(Int64, Int64)] = []
        for sequence in Int64(10)..<1_000 {
            let numbersNumbers = rewriter.rewrite(packet(sequence, timestamp: 0, at: 0))
            let numbers = try #require(numbersNumbers)
            sent.append((numbers.sequence, sequence))
        }
        rewriter.switchSource(to: 2, from: packet(77, timestamp: 0, at: 1), clockRate: 90_000)
        _ = rewriter.rewrite(packet(77, timestamp: 0, at: 1))
        for (outgoing, source) in sent.suffix(500) {
            let place = try #require(rewriter.locate(UInt16(truncatingIfNeeded: outgoing)))
            #expect(place.segment.source == 1)
            #expect(place.sequence - place.segment.sequenceOffset == source)
        }
        let newest = try #require(rewriter.locate(UInt16(truncatingIfNeeded: rewriter.lastSequence)))
        #expect(newest.segment.source == 2)
        #expect(rewriter.locate(UInt16(truncatingIfNeeded: rewriter.lastSequence + 1)) == nil)
    }

    @Test func pictureNumbersContinueInTheCopy() throws {
        var rewriter = StreamRewriter(firstSequence: 1)
        let first = packet(1, timestamp: 0, at: 0, pictureID: 0x7FFF)
        rewriter.switchSource(to: 1, from: first, clockRate: 90_000)
        _ = rewriter.rewrite(first)
        let other = packet(9, timestamp: 0, at: 33, pictureID: 500)
        rewriter.switchSource(to: 2, from: other, clockRate: 90_000)
        let segment = try #require(rewriter.current)
        #expect(other.picture.needsPatch(segment.pictures))
        var payload: [UInt8] = [0x90, 0x80, 0x81, 0xF4, 9, 1]
        unsafe payload.withUnsafeMutableBufferPointer { octets in
            if let base = octets.baseAddress { unsafe other.picture.patch(base, for: segment.pictures) }
        }
        // 0x7FFF + 1 wraps to 0 in 15 bits; TL0PICIDX goes on from 9.
        #expect(payload == [0x90, 0x80, 0x80, 0x00, 10, 1])
    }

    @Test func whereAPictureWasCutShortANumberIsLeftOutThatNobodyCanAskFor() throws {
        for isMarked in [true, false] {
            var rewriter = StreamRewriter(firstSequence: 1)
            var last = packet(10, timestamp: 0, at: 0)
            last.isMarked = isMarked
            rewriter.switchSource(to: 1, from: last, clockRate: 90_000)
            let lastNumbers = rewriter.rewrite(last)
            let before = try #require(lastNumbers).sequence
            let next = packet(500, timestamp: 9, at: 33)
            rewriter.closePicture()
            rewriter.switchSource(to: 2, from: next, clockRate: 90_000)
            let nextNumbers = rewriter.rewrite(next)
            #expect(try #require(nextNumbers).sequence == before + (isMarked ? 1 : 2))
            let between = rewriter.locate(UInt16(truncatingIfNeeded: before + 1))
            #expect(isMarked ? between?.segment.source == 2 : between == nil)
            #expect(rewriter.locate(UInt16(truncatingIfNeeded: before))?.segment.source == 1)
        }
    }

    @Test func aKnownClockGivesEachPictureItsOwnTime() throws {
        var rewriter = StreamRewriter(firstSequence: 1)
        let first = packet(10, timestamp: 1_000, at: 0)
        rewriter.switchSource(to: 1, from: first, clockRate: 90_000)
        let firstNumbers = rewriter.rewrite(first)
        let origin = try #require(firstNumbers).timestamp
        // The next picture, 33 ms later by its own time, arrives 80 ms late.
        let next = packet(500, timestamp: 50_000, at: 113)
        #expect(rewriter.age(of: next, distance: 1_000 &+ 3_000 &- 50_000) == -3_000)
        rewriter.switchSource(to: 2, from: next, clockRate: 90_000, distance: 1_000 &+ 3_000 &- 50_000)
        let nextNumbers = rewriter.rewrite(next)
        #expect(try #require(nextNumbers).timestamp &- origin == 3_000)
        // The same picture in a third source comes a millisecond later, the one after it at its own time.
        let same = packet(7, timestamp: 90_000, at: 115)
        rewriter.switchSource(to: 3, from: same, clockRate: 90_000, distance: 50_000 &- 90_000)
        let sameNumbers = rewriter.rewrite(same)
        #expect(try #require(sameNumbers).timestamp &- origin == 3_090)
        let afterNumbers = rewriter.rewrite(packet(8, timestamp: 93_000, at: 146))
        #expect(try #require(afterNumbers).timestamp &- origin == 6_000)
    }
}
