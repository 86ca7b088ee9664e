import MediaControl
import Primitives
import TestSupport
import Testing

@testable import MediaRuntime

@Suite struct SilenceTests {
    private func silences(of participant: Participant, in room: VirtualRoom) -> [(at: MonotonicInstant, isSilent: Bool)]
    {
        room.events.compactMap { entry in
            if case .transportSilent(participant.id, let isSilent) = entry.event { (entry.at, isSilent) } else { nil }
        }
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func aPeerThatIsThereIsNeverSilentEvenWithNothingToSee(_ seed: UInt64) throws {
        let room = try VirtualRoom(seed: seed)
        let viewer = try room.join(.viewer())
        let publisher = try room.join(.publisher())
        room.run(atMost: .seconds(2)) { room.isConnected(viewer) && room.isConnected(publisher) }
        room.startPublishing(publisher)
        room.run(.seconds(90))
        #expect(silences(of: viewer, in: room).isEmpty && silences(of: publisher, in: room).isEmpty)
    }

    @Test func aPeerThatIsGoneIsToldWithinEightSecondsAndAgainWhenItIsBack() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.run(atMost: .seconds(2)) { room.isConnected(viewer) && room.isConnected(publisher) }
        room.startPublishing(publisher)
        room.run(.seconds(3))
        let killed = room.now
        var isGone = true
        room.network.interceptor = { datagram in !isGone || datagram.from != publisher.address }
        room.run(.seconds(12))
        let silences = silences(of: publisher, in: room)
        #expect(silences.map(\.isSilent) == [true])
        #expect(try #require(silences.first).at - killed <= .seconds(8.1))
        isGone = false
        room.run(.seconds(2))
        #expect(self.silences(of: publisher, in: room).map(\.isSilent) == [true, false])
        #expect(self.silences(of: viewer, in: room).isEmpty)
    }

    @Test func whatIsForgedDoesNotKeepAPeerAlive() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        room.run(atMost: .seconds(2)) { room.isConnected(publisher) }
        room.run(.seconds(1))
        room.network.interceptor = { datagram in datagram.octets.last == 0xEE || datagram.from != publisher.address }
        for _ in 0..<10 {
            room.inject(
                [0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1] + Array(repeating: 0xEE, count: 40), from: publisher.address)
            room.inject([0x80, 200, 0, 6] + Array(repeating: 0xEE, count: 40), from: publisher.address)
            room.run(.seconds(1))
        }
        #expect(silences(of: publisher, in: room).map(\.isSilent) == [true])
    }
}
