import Testing

@testable import Rooms

struct RequestLogTests {
    @Test func remembersSuccessAndFailureByActorAndRequest() throws {
        var log = RequestLog()
        let (one, two) = (try participant(1), try participant(2))
        log.record(.init(actor: one, requestID: "a"), nil)
        log.record(.init(actor: one, requestID: "b"), RoomError(.conflict, "no"))
        #expect(throws: Never.self) { try #require(log.outcome(of: .init(actor: one, requestID: "a"))).get() }
        #expect(throws: RoomError(.conflict, "no")) {
            try #require(log.outcome(of: .init(actor: one, requestID: "b"))).get()
        }
        #expect(log.outcome(of: .init(actor: two, requestID: "a")) == nil)
    }

    @Test func forgetsTheOldestBeyondItsCapacity() throws {
        var log = RequestLog()
        let actor = try participant(1)
        for number in 0..<(RequestLog.capacity + 10) { log.record(.init(actor: actor, requestID: "\(number)"), nil) }
        for number in 0..<10 { #expect(log.outcome(of: .init(actor: actor, requestID: "\(number)")) == nil) }
        for number in 10..<(RequestLog.capacity + 10) {
            #expect(log.outcome(of: .init(actor: actor, requestID: "\(number)")) != nil)
        }
    }
}
