import Rooms
import SignalingProtocol
import Testing

@testable import SignalingServer

struct EventTextsTests {
    private func message(_ text: EncodedEvent?) throws -> ServerMessage {
        try ServerMessage(parsing: try #require(text).text(seq: 7))
    }

    @Test func whatManyAreToldIsEncodedOnce() throws {
        let texts = EventTexts()
        let delta = StageDelta(version: 3, changes: [])
        for _ in 0..<1_000 {
            #expect(try message(texts.text(of: .stage(delta))) == .event(seq: 7, .stage(version: 3, changes: [])))
            #expect(try message(texts.text(of: .audience(count: 1_000))) == .event(seq: 7, .audience(count: 1_000)))
        }
        #expect(texts.encodings == 2)
    }

    @Test func anOlderEventThatWasGivenUpIsEncodedAnew() throws {
        let texts = EventTexts()
        for count in 0...EventTexts.capacity { _ = texts.text(of: .audience(count: count)) }
        #expect(try message(texts.text(of: .audience(count: 0))) == .event(seq: 7, .audience(count: 0)))
        #expect(texts.encodings == EventTexts.capacity + 2)
    }

    @Test func whatConcernsOneIsNotKept() throws {
        let texts = EventTexts()
        let event = RoomEvent.undecodable(.camera)
        for _ in 0..<3 { #expect(try message(texts.text(of: event)) == .event(seq: 7, .undecodable(.camera))) }
        #expect(texts.encodings == 0)
        #expect(texts.text(of: .transportConnected) == nil)
    }
}
