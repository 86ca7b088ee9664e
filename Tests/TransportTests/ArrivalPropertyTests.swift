import Primitives
import RTP
import Testing
import Transport

/// What the recorder tells must survive the way over the wire and be the truth, whatever happened to the packets.
@Suite struct ArrivalPropertyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var seed: UInt64
        /// The time between packets, in microseconds.
        var spacing: ClosedRange<Int64>
        var loss: Double
        var reordering: Double
        /// The share of packets after which some hundred numbers are never sent.
        var jumps: Double = 0
        /// The share of packets that may come too late to be told.
        var untold: Double = 0
        var testDescription: String { "\(name), seed \(seed)" }
    }

    static let cases: [Case] = (1...4).flatMap { seed in
        [
            Case(name: "gaps", seed: seed, spacing: 200...3_000, loss: 0.3, reordering: 0),
            Case(name: "reordering", seed: seed, spacing: 200...9_000, loss: 0.02, reordering: 0.2),
            Case(name: "sparse", seed: seed, spacing: 400_000...12_000_000, loss: 0.1, reordering: 0.05),
            Case(name: "dense", seed: seed, spacing: 10...200, loss: 0.01, reordering: 0.02, untold: 0.02),
            Case(
                name: "jumps", seed: seed, spacing: 1_000...20_000, loss: 0.05, reordering: 0.05, jumps: 0.01,
                untold: 0.2),
        ]
    }

    /// Packets with their numbers in the order of their arrival; numbers begin near the wrap.
    private func arrivals(_ test: Case) -> [(number: Int64, at: MonotonicInstant)] {
        var random = SeededGenerator(seed: test.seed)
        var number: Int64 = 65_536 + 65_000
        var clock: Int64 = 5_000_000_000
        var packets: [(number: Int64, at: MonotonicInstant)] = []
        for _ in 0..<3_000 {
            clock += Int64.random(in: test.spacing, using: &random) * 1_000
            number += 1
            if Double.random(in: 0..<1, using: &random) < test.jumps {
                number += Int64.random(in: 100...900, using: &random)
            }
            if Double.random(in: 0..<1, using: &random) < test.loss { continue }
            let isLate = Double.random(in: 0..<1, using: &random) < test.reordering
            let late = isLate ? Int64.random(in: 1...80, using: &random) * 1_000_000 : 0
            packets.append((number, MonotonicInstant(nanoseconds: clock + late)))
        }
        return packets.sorted { $0.at < $1.at }
    }

    @Test(arguments: cases) func everyArrivalIsToldOnTimeAndNothingIsToldThatIsNotSo(_ test: Case) throws {
        let packets = arrivals(test)
        let came = Dictionary(uniqueKeysWithValues: packets.map { ($0.number, $0.at) })
        var recorder = ArrivalRecorder()
        var times = ReferenceTimeExtender()
        var count: UInt8 = 0
        var told: [Int64: Duration] = [:]
        var noted: Set<Int64> = []
        var highest: Int64 = 65_536

        func report() throws {
            guard let arrivals = recorder.take() else { return }
            let reports = TransportFeedback.reports(
                on: arrivals.times, from: arrivals.base, senderSSRC: SSRC(1), mediaSSRC: SSRC(2),
                firstFeedbackCount: count)
            #expect(!reports.isEmpty)
            for report in reports {
                #expect(report.feedbackCount == count)
                count &+= 1
                var bytes: [UInt8] = []
                RTCPPacket.transportFeedback(report).append(to: &bytes)
                guard case .transportFeedback(let read)? = try RTCPCompound.parse(bytes.span).first else {
                    Issue.record("not feedback")
                    return
                }
                let reference = times.extend(read.referenceTime)
                for packet in read.packets {
                    let delta = Int16(bitPattern: packet.sequenceNumber &- UInt16(truncatingIfNeeded: highest))
                    let number = highest + Int64(delta)
                    guard let arrival = packet.arrival else {
                        #expect(!noted.contains(number), "a packet that came is called missing")
                        continue
                    }
                    #expect(noted.contains(number), "a packet that did not come is told of")
                    let at = reference + arrival
                    if let before = told[number] { #expect(before == at) }
                    told[number] = at
                }
            }
        }
        for packet in packets {
            while let due = recorder.nextTimeout, due <= packet.at {
                try report()
                #expect(recorder.nextTimeout == nil)
            }
            highest = max(highest, packet.number)
            recorder.note(UInt16(truncatingIfNeeded: packet.number), arrival: packet.at)
            noted.insert(packet.number)
            if let due = recorder.nextTimeout { #expect(due <= packet.at + ArrivalRecorder.interval) }
        }
        try report()
        // Only what lay further back than a report may span is missing.
        let untold = came.keys.filter { told[$0] == nil }
        #expect(Double(untold.count) <= Double(came.count) * test.untold)
        // Times are right to a tick, against each other: the origin is the reporter's own.
        let origin = try #require(told.min { $0.key < $1.key })
        let originAt = try #require(came[origin.key])
        for (number, at) in told {
            let truth = try #require(came[number]) - originAt
            let error = (at - origin.value - truth).wholeNanoseconds
            #expect(abs(error) <= 2 * TransportFeedback.tick.wholeNanoseconds)
        }
    }
}
