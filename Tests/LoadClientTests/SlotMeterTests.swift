import Primitives
import RTP
import TestMedia
import Testing

@testable import Client
@testable import LoadClient

struct SlotMeterTests {
    /// Plays a stream of pictures into a meter, each of three packets, 33 ms apart.
    private struct Stream {
        static let frameTime = Duration.milliseconds(33)
        static let delay = Duration.milliseconds(5)

        var meter = SlotMeter(kind: .video, framesPerSecond: 30)
        var ledger = SendLedger()
        var source: UInt32
        /// Of the slot, as a server may have begun it.
        var sequence: Int64 = 70_000
        var timestamp: UInt32 = .max - 5_000
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)

        init() {
            source = ledger.openSource()
            meter.isCounting = true
        }

        /// One picture; `clipFrame` 0 is a keyframe. Packets in `losing` do not arrive.
        mutating func picture(_ clipFrame: UInt16, losing: Set<Int> = []) -> [(MediaMark, Int64)] {
            var outcome: [(MediaMark, Int64)] = []
            let first = ledger.nextPacket(of: source)
            for packet in 0..<3 {
                ledger.noteSending(of: source, at: now)
                let mark = MediaMark(
                    source: source, packet: first + UInt32(packet), frame: clipFrame, packetsInFrame: 3,
                    sentAtNanoseconds: 0)
                if losing.contains(packet) {
                    outcome.append((mark, sequence))
                } else {
                    take(mark, sequence, isLast: packet == 2, at: now + Self.delay)
                }
                sequence += 1
            }
            timestamp &+= 2_970
            now = now + Self.frameTime
            return outcome
        }

        @discardableResult
        mutating func take(
            _ mark: MediaMark, _ sequence: Int64, isLast: Bool, at arrival: MonotonicInstant, isRepair: Bool = false,
            timestamp other: UInt32? = nil
        ) -> SlotMeter.Outcome {
            let payload = [UInt8](repeating: 1, count: 100) + (isLast ? mark.octets : [])
            let media = IncomingMedia(
                slot: 0, payloadType: 96, isMarked: isLast, sequence: sequence, timestamp: other ?? timestamp,
                source: nil, isRetransmission: isRepair, isOpened: true, isKeyframeStart: false, arrival: arrival)
            return meter.take(media, payload.span, arrival: arrival, ledger: ledger)
        }
    }

    @Test func everyPacketOfASoundStreamHasItsLatency() {
        var stream = Stream()
        for frame in 0..<100 { _ = stream.picture(UInt16(frame)) }
        let figures = stream.meter.figures
        #expect(figures.packets == 300)
        #expect(figures.latency.count == 300)
        #expect(figures.latency.maximum == Stream.delay)
        #expect(figures.framesComplete == 100)
        #expect(figures.keyframes == 1)
        #expect(figures.freezes == 0)
        #expect(figures.unrecognised == 0)
    }

    @Test func whatIsCaughtUpOnHasNoLatency() {
        var stream = Stream()
        // Sent a second before the slot's first packet came, and given to the newcomer now.
        let first = stream.ledger.nextPacket(of: stream.source)
        for _ in 0..<3 { stream.ledger.noteSending(of: stream.source, at: stream.now - .seconds(1)) }
        for packet in UInt32(0)..<3 {
            let mark = MediaMark(
                source: stream.source, packet: first + packet, frame: 0, packetsInFrame: 3, sentAtNanoseconds: 0)
            stream.take(mark, stream.sequence, isLast: packet == 2, at: stream.now)
            stream.sequence += 1
        }
        stream.timestamp &+= 2_970
        for frame in UInt16(1)..<10 { _ = stream.picture(frame) }
        #expect(stream.meter.figures.framesComplete == 10)
        #expect(stream.meter.figures.latency.count == 27)
        #expect(stream.meter.figures.latency.maximum == Stream.delay)
    }

    @Test func nothingIsShownBeforeAKeyframe() {
        var stream = Stream()
        for frame in 5..<15 { _ = stream.picture(UInt16(frame)) }
        #expect(stream.meter.figures.framesComplete == 0)
        _ = stream.picture(0)
        #expect(stream.meter.figures.keyframes == 1)
        #expect(stream.meter.figures.framesUndecodable == 10)
    }

    @Test(arguments: [0, 1, 2])
    func aLostPacketStopsPicturesUntilTheNextKeyframe(packet: Int) {
        var stream = Stream()
        for frame in 0..<10 { _ = stream.picture(UInt16(frame)) }
        _ = stream.picture(10, losing: [packet])
        for frame in 11..<20 { _ = stream.picture(UInt16(frame)) }
        #expect(stream.meter.figures.framesComplete == 10)
        _ = stream.picture(0)
        let figures = stream.meter.figures
        #expect(figures.framesIncomplete == 1)
        #expect(figures.framesUndecodable == 9)
        #expect(figures.framesComplete == 10 + 9 + 1)
        #expect(figures.freezes == 1)
        #expect(figures.frozen == Stream.frameTime * 11)
    }

    @Test func aRepairedPacketLetsPicturesGoOn() {
        var stream = Stream()
        for frame in 0..<10 { _ = stream.picture(UInt16(frame)) }
        let timestamp = stream.timestamp
        let lost = stream.picture(10, losing: [1])
        _ = stream.picture(11)
        #expect(stream.meter.figures.framesComplete == 10)
        for (mark, sequence) in lost {
            let outcome = stream.take(
                mark, sequence, isLast: false, at: stream.now, isRepair: true, timestamp: timestamp)
            #expect(outcome.shown.count == 2)
        }
        let figures = stream.meter.figures
        #expect(figures.framesComplete == 12)
        #expect(figures.packets == 35)
        #expect(figures.latency.count == 36)
        #expect(figures.freezes == 0)
    }

    @Test func aPictureOfWhichNothingCameIsInItsPlaceOnceItIsRepaired() {
        var stream = Stream()
        for frame in 0..<10 { _ = stream.picture(UInt16(frame)) }
        let timestamp = stream.timestamp
        let lost = stream.picture(10, losing: [0, 1, 2])
        for frame in 11..<13 { _ = stream.picture(UInt16(frame)) }
        for (index, (mark, sequence)) in lost.enumerated() {
            stream.take(mark, sequence, isLast: index == 2, at: stream.now, isRepair: true, timestamp: timestamp)
        }
        for frame in 13..<20 { _ = stream.picture(UInt16(frame)) }
        let figures = stream.meter.figures
        #expect(figures.framesComplete == 20)
        #expect(figures.framesUndecodable == 0)
        #expect(figures.freezes == 0)
    }

    @Test func aGapOfMoreThanThreeFramesAnd150MillisecondsIsAFreeze() {
        for (gap, freezes) in [(Duration.milliseconds(110), 0), (.milliseconds(140), 1), (.seconds(1), 1)] {
            var stream = Stream()
            for frame in 0..<10 { _ = stream.picture(UInt16(frame)) }
            stream.now = stream.now + gap
            _ = stream.picture(10)
            #expect(stream.meter.figures.freezes == Int64(freezes))
        }
    }

    @Test func anotherSourceInTheSlotIsNoFreeze() {
        var stream = Stream()
        for frame in 0..<10 { _ = stream.picture(UInt16(frame)) }
        stream.now = stream.now + .seconds(3)
        stream.source = stream.ledger.openSource()
        _ = stream.picture(0)
        #expect(stream.meter.figures.freezes == 0)
        #expect(stream.meter.figures.latency.maximum == Stream.delay)
        #expect(stream.meter.figures.latency.count == 33)
    }

    @Test func aStreamThatStoppedIsFrozenAtTheEnd() {
        var stream = Stream()
        for frame in 0..<10 { _ = stream.picture(UInt16(frame)) }
        stream.meter.finish(now: stream.now + .seconds(2)) { _ in false }
        #expect(stream.meter.figures.freezes == 0)
        stream.meter.finish(now: stream.now + .seconds(2)) { _ in true }
        #expect(stream.meter.figures.freezes == 1)
    }

    @Test func changesBetweenEncodingsAreCountedAndTimed() {
        var stream = Stream()
        let layers = (0..<3).map { stream.ledger.openSource(layer: SourceLayer(publisher: 9, encoding: $0)) }
        func play(_ layer: Int, _ pictures: Int, _ stream: inout Stream) {
            stream.source = layers[layer]
            for frame in 0..<pictures { _ = stream.picture(UInt16(frame)) }
        }
        play(0, 10, &stream)
        #expect(stream.meter.figures.layerSwitches == 0)
        // The picture that is shown already is not waited for.
        stream.meter.expect(encoding: 0, now: stream.now)
        stream.meter.expect(encoding: 2, now: stream.now)
        play(0, 3, &stream)
        stream.source = layers[2]
        let before = stream.now
        let mark = MediaMark(
            source: layers[2], packet: 0, frame: 0, packetsInFrame: 1, sentAtNanoseconds: 0)
        stream.ledger.noteSending(of: layers[2], at: before)
        let outcome = stream.take(mark, stream.sequence, isLast: true, at: before + Stream.delay)
        #expect(outcome.layerTime == Stream.frameTime * 3 + Stream.delay)
        #expect(stream.meter.figures.layerSwitches == 1)
        #expect(stream.meter.figures.freezes == 0)
    }

    @Test func aPauseBetweenTwoEncodingsIsAFreezeAndAnotherPublisherIsNone() {
        var stream = Stream()
        let (q, f) = (
            stream.ledger.openSource(layer: SourceLayer(publisher: 9, encoding: 0)),
            stream.ledger.openSource(layer: SourceLayer(publisher: 9, encoding: 2))
        )
        let other = stream.ledger.openSource(layer: SourceLayer(publisher: 10, encoding: 0))
        for (source, freezes) in [(q, Int64(0)), (f, 1), (other, 1)] {
            stream.source = source
            stream.now = stream.now + .milliseconds(500)
            for frame in 0..<5 { _ = stream.picture(UInt16(frame)) }
            #expect(stream.meter.figures.freezes == freezes)
        }
        #expect(stream.meter.figures.layerSwitches == 1)
    }
}
