import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// Payloads that are encrypted end to end: with the frame header in clear, as most pages leave it, and without.
@Suite struct RepairEncryptedTests {
    private func room(
        clearOctets: Int, publishers: Int = 1
    ) throws -> (room: VirtualRoom, publishers: [Participant]) {
        let room = try VirtualRoom()
        var joining = VirtualRoom.Joining.publisher()
        joining.isOpaque = true
        var all: [Participant] = []
        for _ in 0..<publishers {
            let publisher = try room.join(joining)
            publisher.publisher?.clearOctets = clearOctets
            all.append(publisher)
        }
        room.run(.milliseconds(500))
        for publisher in all { room.startPublishing(publisher) }
        room.run(.seconds(1))
        return (room, all)
    }

    @Test(arguments: [10, 0]) func aViewerDecodesWhateverThePageLeavesInClear(_ clearOctets: Int) throws {
        let (room, publishers) = try room(clearOctets: clearOctets)
        let viewer = try room.join(.viewer())
        room.show(publishers[0], to: viewer)
        room.run(.seconds(3))
        let established = try #require(viewer.establishedAt)
        let picture = try #require(viewer.records[1].firstDecodedAt)
        #expect(picture - established < .milliseconds(200))
        #expect(viewer.records[1].decoded > 80 && viewer.records[1].strange == 0)
        #expect(viewer.records[0].decoded > 130)
        #expect(viewer.records[1].pictureIDJumps == 0 && viewer.records[1].timestampsBack == 0)
        #expect(room.drops(.payloadMalformed) == 0)
        // Where keyframes can be told from others the buffer serves one.
        #expect((room.worker.statistics.catchUps == 1) == (clearOctets == 10))
    }

    @Test func requestsForWhatCannotBeSeenAreNotRepeatedForEver() throws {
        let (room, publishers) = try room(clearOctets: 0)
        let viewer = try room.join(.viewer())
        let before = publishers[0].publisher?.layers[0].requests.count ?? 0
        room.show(publishers[0], to: viewer)
        room.run(.seconds(10))
        let after = publishers[0].publisher?.layers[0].requests.count ?? 0
        #expect((1...2).contains(after - before), "\(after - before)")
    }

    @Test(arguments: [10, 0]) func aSwitchIsNeverDecodedAsIfItWentOn(_ clearOctets: Int) throws {
        let (room, publishers) = try room(clearOctets: clearOctets, publishers: 2)
        let viewer = try room.join(.viewer())
        room.show(publishers[0], to: viewer)
        room.run(.seconds(2))
        // The first frame of the other that the viewer gets, and whether a packet is missing before it.
        var last: (publisher: UInt32, sequence: Int64)?
        var isUnseparated = false
        let handler = viewer.client.mediaHandler
        viewer.client.mediaHandler = { media, payload in
            handler?(media, payload)
            guard media.slot == 1, let identity = PacketIdentity(payload: payload) else { return }
            if let last, last.publisher != identity.publisher, !identity.isKeyframe, media.sequence == last.sequence + 1
            {
                isUnseparated = true
            }
            last = (identity.publisher, media.sequence)
        }
        room.show(publishers[1], to: viewer)
        let from = room.now
        let keyframes = viewer.records[1].keyframes
        room.run(atMost: .seconds(1)) { viewer.records[1].keyframes > keyframes }
        #expect(room.now - from < .milliseconds(200))
        #expect(!isUnseparated)
        room.run(.seconds(1))
        #expect(viewer.records[1].publishers == [1, 2])
        #expect(viewer.records[1].decoded > 80)
    }

    @Test func whatCannotBeReadIsForwardedAllTheSame() throws {
        let (room, publishers) = try room(clearOctets: 10)
        let viewer = try room.join(.viewer())
        room.show(publishers[0], to: viewer)
        room.run(.seconds(1))
        let packets = viewer.records[1].packets
        publishers[0].publisher?.stop()
        for _ in 0..<20 {
            // Ends before the descriptor it announces.
            publishers[0].client.send(
                OutgoingMedia(payloadType: 96, isMarked: true, timestamp: 1, payload: [0x80, 0xF0]), publication: 1,
                capturedAt: room.now)
        }
        room.settle(publishers[0])
        room.run(.milliseconds(200))
        #expect(viewer.records[1].packets >= packets + 20)
        #expect(room.drops(.payloadMalformed) == 0)
    }
}
