import Primitives
import RTP
import Testing

/// Feedback made out of arrivals must tell exactly those arrivals after the way over the wire.
struct TransportFeedbackArrivalsTests {
    private func reports(
        _ arrivals: [MonotonicInstant?], from base: UInt16 = 0, firstFeedbackCount: UInt8 = 0,
        maximumOctets: Int = TransportFeedback.defaultMaximumOctets
    ) -> [TransportFeedback] {
        TransportFeedback.reports(
            on: arrivals, from: base, senderSSRC: SSRC(1), mediaSSRC: SSRC(2), firstFeedbackCount: firstFeedbackCount,
            maximumOctets: maximumOctets)
    }

    private func instants(milliseconds: [Double?]) -> [MonotonicInstant?] {
        milliseconds.map { $0.map { MonotonicInstant(nanoseconds: Int64($0 * 1e6)) } }
    }

    @Test func arrivalsAreToldFromTheReferenceTimeOn() throws {
        let report = try #require(
            reports(instants(milliseconds: [nil, 130, 131.25, nil, 129]), from: 9, firstFeedbackCount: 255).first)
        #expect(report.baseSequenceNumber == 9)
        #expect(report.referenceTime == 2)
        #expect(report.feedbackCount == 255)
        #expect(report.deltas == [nil, 8, 5, nil, -9])
    }

    @Test func packetsMissingAtTheEndAreLeftForLater() {
        #expect(reports(instants(milliseconds: [1, nil, nil])).map(\.deltas.count) == [1])
        #expect(reports(instants(milliseconds: [nil, nil])).isEmpty)
        #expect(reports([]).isEmpty)
    }

    @Test func deltaThatDoesNotFitBeginsAnotherFeedback() {
        // 32,767 ticks fit, and so do -32,768; one more does not.
        let reach = 32_767 * 0.25
        let kept = reports(instants(milliseconds: [0, reach, reach - 8_192]))
        #expect(kept.map(\.deltas) == [[0, 32_767, -32_768]])
        let split = reports(
            instants(milliseconds: [0, nil, reach + 0.25, reach]), from: 65_535, firstFeedbackCount: 255)
        #expect(split.map(\.baseSequenceNumber) == [65_535, 0])
        #expect(split.map(\.feedbackCount) == [255, 0])
        #expect(split.map(\.deltas) == [[0], [nil, 0, -1]])
        #expect(split.map(\.referenceTime) == [0, 128])
    }

    @Test func gapLongerThanAFeedbackLosesItsBeginning() {
        let first = MonotonicInstant.zero
        let arrivals = [first] + Array(repeating: nil, count: 20_000) + [first]
        let made = reports(arrivals, from: 100)
        #expect(made.map(\.deltas.count) == [1, TransportFeedback.maximumWrittenStatuses])
        #expect(made.last?.deltas.last == 0)
        #expect(made.last?.baseSequenceNumber == UInt16(100 + 20_001 - (TransportFeedback.maximumWrittenStatuses - 1)))
    }

    @Test(arguments: 0..<60 as Range<UInt64>) func arrivalsSurviveTheWayOverTheWire(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...1_500, using: &random)
        let base = UInt16.random(in: .min ... .max, using: &random)
        let lossPercent = [0, 1, 10, 50, 95].randomElement(using: &random) ?? 0
        // Around the wrap of the 24-bit reference time too.
        let wrap = 64_000_000 * Int64(1 << 24)
        let origins: [Int64] = [0, 1_234_567_890, wrap - 2_000_000_000, -5_000_000_000]
        var clock = origins.randomElement(using: &random) ?? 0
        let maximumOctets = [200, 600, 1_200].randomElement(using: &random) ?? 1_200
        var arrivals: [MonotonicInstant?] = []
        while arrivals.count < count {
            switch Int.random(in: 0..<200, using: &random) {
            case 0: clock += Int64.random(in: 0...20_000_000_000, using: &random)
            case 1: arrivals += Array(repeating: nil, count: Int.random(in: 0...300, using: &random))
            case 2...20: clock += Int64.random(in: 0...100_000_000, using: &random)
            default: clock += Int64.random(in: 0...2_000_000, using: &random)
            }
            let isLost = Int.random(in: 0..<100, using: &random) < lossPercent
            let late =
                Int.random(in: 0..<20, using: &random) == 0 ? Int64.random(in: 0...90_000_000, using: &random) : 0
            arrivals.append(isLost ? nil : MonotonicInstant(nanoseconds: clock + late))
        }

        let made = reports(arrivals, from: base, firstFeedbackCount: 200, maximumOctets: maximumOctets)
        // What was sent is what is read.
        var told: [Int: Duration?] = [:]
        var extender = ReferenceTimeExtender()
        var offset: Duration?
        for (index, report) in made.enumerated() {
            let bytes = RTCPCompound.octets(of: [.transportFeedback(report)])
            #expect(bytes.count <= maximumOctets)
            #expect(bytes.count.isMultiple(of: 4))
            guard case .transportFeedback(let read) = try RTCPCompound.parse(bytes.span).first else {
                Issue.record("feedback expected")
                return
            }
            #expect(read == report)
            #expect(read.feedbackCount == 200 &+ UInt8(truncatingIfNeeded: index))
            let reference = extender.extend(read.referenceTime)
            if offset == nil, let first = arrivals.firstIndex(where: { $0 != nil }), let arrival = arrivals[first] {
                // The origin of the reporter's clock is not told: take the one that makes the first arrival right.
                offset = .nanoseconds(floor(arrival.nanoseconds, to: 64_000_000)) - reference
            }
            for packet in read.packets {
                let position = Int(packet.sequenceNumber &- base)
                told.updateValue(packet.arrival.map { $0 + reference + (offset ?? .zero) }, forKey: position)
            }
        }
        // Each arrival is told once, rounded down to a tick; each loss before the last arrival is told as one.
        let last = arrivals.lastIndex { $0 != nil } ?? -1
        #expect(told.count == last + 1)
        for (position, arrival) in arrivals.enumerated() where position <= last {
            let expected = arrival.map { Duration.nanoseconds(floor($0.nanoseconds, to: 250_000)) }
            #expect(told[position] == .some(expected))
        }
    }

    private func floor(_ value: Int64, to unit: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
        return (remainder < 0 ? quotient - 1 : quotient) * unit
    }

    @Test func feedbackOfASteadyStreamIsSmall() throws {
        // Two hundred packets with a loss now and then: a delta each, and an eighth of an octet of status, roughly.
        let arrivals = (0..<200).map { index in
            index % 50 == 25 ? nil : MonotonicInstant(nanoseconds: Int64(index) * 1_000_000)
        }
        let made = reports(arrivals)
        #expect(made.count == 1)
        #expect(RTCPCompound.octets(of: made.map { .transportFeedback($0) }).count <= 20 + 196 + 24 + 4)
    }
}
