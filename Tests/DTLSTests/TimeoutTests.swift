import Primitives
import Testing

@testable import DTLS

struct TimeoutTests {
    @Test func anUnansweredFlightIsRepeatedAtDoublingTimesUntilTheLimit() throws {
        let pair = try HandshakePair()
        var times: [MonotonicInstant] = []
        pair.fate = { [unowned pair] _, _ in
            times.append(pair.now)
            return .lost
        }
        pair.run()
        #expect(
            times.prefix(7) == [
                .zero, .milliseconds(100), .milliseconds(300), .milliseconds(700), .milliseconds(1_500),
                .milliseconds(3_100), .milliseconds(4_700),
            ])
        let limit = DTLSTiming.default.handshakeLimit
        #expect(pair.client.state.failure == .timedOut(after: limit))
        #expect(pair.server.state.failure == .timedOut(after: limit))
        #expect(pair.now == MonotonicInstant.zero + limit)
        #expect(pair.client.nextTimeout == nil)
    }

    @Test func nothingHappensBeforeTheTime() throws {
        let pair = try HandshakePair()
        pair.client.start(now: .zero)
        #expect(pair.client.drain().count == 1)
        pair.client.start(now: .milliseconds(1))
        pair.client.handleTimeout(now: .milliseconds(99))
        #expect(pair.client.drain().isEmpty)
        pair.client.handleTimeout(now: .milliseconds(100))
        #expect(pair.client.drain().count == 1)
    }

    @Test func aFlightIsRepeatedUnderRecordNumbersOfItsOwn() throws {
        let pair = try HandshakePair()
        pair.client.start(now: .zero)
        let hello = pair.client.drain()
        pair.client.handleTimeout(now: .milliseconds(100))
        let repeated = pair.client.drain()
        #expect(repeated.map(unnumbered) == hello.map(unnumbered))
        #expect(recordNumbers(in: hello.flatMap(\.self)) == [0])
        #expect(recordNumbers(in: repeated.flatMap(\.self)) == [1])
    }

    @Test func aSilentClientLeavesTheServerTimedOutAfterItsHello() throws {
        let pair = try HandshakePair()
        pair.fate = { _, transit in transit.to == .client ? .lost : .delivered }
        pair.run()
        #expect(pair.server.state.failure == .timedOut(after: DTLSTiming.default.handshakeLimit))
        // Its own repetitions and the client's do not add up: some 22 by each one's clock.
        #expect(pair.sent < 100)
    }

    @Test func aTimeoutThatNobodyWaitedForSendsTheFlightOnce() throws {
        let pair = try HandshakePair()
        pair.client.start(now: .zero)
        _ = pair.client.drain()
        pair.client.handleTimeout(now: .milliseconds(5_000))
        #expect(pair.client.drain().count == 1)
    }
}
