import Primitives
import SignalingProtocol
import TestSupport
import Testing

@testable import SignalingServer

struct EventLogTests {
    private func event(_ count: Int) throws -> EncodedEvent { try #require(EncodedEvent(.audience(count: count))) }

    /// Against a list of all events, with random acknowledgements.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func whatIsKeptAreTheLastEventsWithTheirNumbers(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var log = EventLog()
        var acknowledged = 0
        for count in 1...1_000 {
            #expect(log.append(try event(count)) == count)
            if Int.random(in: 0..<50, using: &generator) == 0 {
                acknowledged = Int.random(in: acknowledged...count, using: &generator)
                log.acknowledge(acknowledged)
            }
            let first = max(acknowledged, count - EventLog.maximumEvents)
            #expect(log.count == count - first)
            let seq = Int.random(in: 0...count + 2, using: &generator)
            let kept = log.events(after: seq)
            #expect((kept != nil) == (first...count).contains(seq), "\(seq) of \(first)...\(count)")
            guard let kept else { continue }
            #expect(kept.map(\.seq) == Array(seq..<count).map { $0 + 1 })
            for (seq, event) in kept {
                #expect(try ServerMessage(parsing: event.text(seq: seq)) == .event(seq: seq, .audience(count: seq)))
            }
        }
    }

    @Test func octetsAreLimitedToo() throws {
        var log = EventLog()
        let large = try #require(
            EncodedEvent(.closed(.left, message: String(repeating: "x", count: EventLog.maximumOctets / 4))))
        for _ in 0..<10 { _ = log.append(large) }
        #expect(log.count == 3 && log.octets == 3 * large.octets)
        let tooLarge = try #require(
            EncodedEvent(.closed(.left, message: String(repeating: "x", count: EventLog.maximumOctets))))
        _ = log.append(tooLarge)
        #expect(log.count == 0 && log.octets == 0)
        #expect(log.events(after: 11)?.isEmpty == true && log.events(after: 10) == nil)
    }

    @Test func numbersOfTheWireCannotTrap() throws {
        var log = EventLog()
        #expect(log.events(after: ProtocolLimits.largestInteger) == nil)
        #expect(log.events(after: 0)?.isEmpty == true)
        _ = log.append(try event(1))
        #expect(log.events(after: Int.max) == nil && log.events(after: 0)?.count == 1)
        log.acknowledge(.max)
        #expect(log.count == 0 && log.events(after: 0) == nil)
    }
}

struct ReplyLogTests {
    @Test func aRepeatedRequestFindsItsReplyOnALaterConnectionOnly() {
        var log = ReplyLog()
        log.append(id: 7, attachment: 0, seq: 3, text: nil)
        log.append(id: 8, attachment: 0, seq: 3, text: "an error")
        #expect(log.reply(to: 7, before: 0) == nil)
        #expect(log.reply(to: 7, before: 1) == .some(nil))
        #expect(log.reply(to: 8, before: 2) == "an error")
        #expect(log.reply(to: 9, before: 1) == nil)
    }

    @Test func whatTheClientHasIsForgotten() {
        var log = ReplyLog()
        for id in 1...10 { log.append(id: id, attachment: 0, seq: id / 2, text: nil) }
        log.acknowledge(3)
        #expect(log.count == 5)
        #expect(log.reply(to: 5, before: 1) == nil && log.reply(to: 6, before: 1) != nil)
    }

    @Test func countAndOctetsAreLimited() {
        var log = ReplyLog()
        for id in 0..<1_000 { log.append(id: id, attachment: 0, seq: 0, text: nil) }
        #expect(log.count == ReplyLog.maximumReplies && log.reply(to: 999, before: 1) != nil)
        let half = String(repeating: "x", count: ReplyLog.maximumOctets / 2)
        for id in 1_000..<1_003 { log.append(id: id, attachment: 0, seq: 0, text: half) }
        #expect(log.count == 2)
        log.append(id: 2_000, attachment: 0, seq: 0, text: half + half + half)
        #expect(log.count == 1 && log.reply(to: 2_000, before: 1) != nil)
    }
}
