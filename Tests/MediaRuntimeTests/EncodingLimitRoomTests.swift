import Client
import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import MediaRuntime

/// A publisher is told how much of its largest encoding is of use: a real worker, clients that send real feedback, narrow links.
@Suite struct EncodingLimitRoomTests {
    private let room: VirtualRoom
    private let publisher: Participant

    init() throws {
        room = try VirtualRoom(seed: 1, estimation: EstimatorSettings())
        publisher = try room.join(.publisher(rids: ["q", "h", "f"]))
        VirtualRoom.sendThreeEncodings(publisher)
        room.run(.seconds(1))
        room.startPublishing(publisher)
    }

    private func join(kilobits: Int64?) throws -> Participant {
        let viewer = try room.join(.viewer(seats: 1))
        room.setLink(to: viewer, kilobits: kilobits)
        room.show(publisher, to: viewer)
        return viewer
    }

    /// What was told since `from`: the limit of each encoding in kbit/s.
    private func told(since from: MonotonicInstant = .zero) -> [[Int64?]] {
        room.events.compactMap { entry in
            guard entry.at >= from, case .encodingsWanted(publisher.videoTrack, let demands) = entry.event else {
                return nil
            }
            return demands.map { $0.maxBitrate.map { $0.bitsPerSecond / 1_000 } }
        }
    }

    /// Lets time pass, second by second, with a page that does as it is told.
    private func run(_ seconds: Int) {
        for _ in 0..<seconds {
            room.run(.seconds(1))
            let limit = told().last?[2]
            let octets = limit.map { Int($0) * 1_000 / (13 * 120) } ?? 1_050
            publisher.publisher?.layers[2].packetOctets = min(1_050, octets)
        }
    }

    @Test func theLargestEncodingIsMadeToFitTheViewerWithTheMostRoom() throws {
        let viewer = try join(kilobits: 1_300)
        let poor = try join(kilobits: 400)
        run(60)
        let limit = try #require(told().last?[2])
        // Payload that 1,300 kbit/s carry beside sound, with room to spare; not what the poorer one has.
        #expect(limit > 750 && limit < 1_100)
        #expect(told().last?[0] == nil && told().last?[1] == nil)
        #expect(viewer.records[1].layers.last == 2 && poor.records[1].layers.last ?? 2 < 2)
        #expect(told().count < 10, "no coming and going: \(told())")
        let decoded = viewer.records[1].decoded
        run(10)
        #expect(viewer.records[1].decoded - decoded > 280)
        #expect(viewer.records[1].longestPause < .seconds(1))
    }

    @Test func theLimitRisesWithTheRoomAndEnds() throws {
        let viewer = try join(kilobits: 1_300)
        run(40)
        #expect(told().last?[2] != nil)
        room.setLink(to: viewer, kilobits: 6_000)
        run(40)
        #expect(told().last?[2] == nil, "\(told())")
        #expect(viewer.records[1].layers.last == 2)
        #expect(publisher.publisher?.layers[2].packetOctets == 1_050)
    }

    @Test func oneViewerWithRoomForAllIsEnoughForNoLimit() throws {
        _ = try join(kilobits: 700)
        let fast = try join(kilobits: nil)
        run(40)
        #expect(told().allSatisfy { $0.allSatisfy { $0 == nil } })
        #expect(fast.records[1].layers.last == 2)
    }

    @Test func aNewcomerWithRoomEndsTheLimitAtOnceAndThoseOnNarrowPathsGoDown() throws {
        let narrow = try join(kilobits: 1_300)
        run(40)
        #expect(told().last?[2] != nil)
        let before = room.now
        let fast = try join(kilobits: nil)
        run(20)
        #expect(told(since: before).last?[2] == nil)
        #expect(fast.records[1].layers.last == 2 && narrow.records[1].layers.last ?? 2 < 2)
        #expect(narrow.records[1].longestPause < .seconds(1))
    }

    @Test func aClosedGateEndsTheLimit() throws {
        _ = try join(kilobits: 1_000)
        run(30)
        #expect(told().last?[2] != nil)
        room.command(.setGate(publisher.videoTrack, isOpen: false))
        room.run(.milliseconds(1))
        #expect(told().last == [nil, nil, nil])
    }

    /// One encoding from a publisher without transport-wide feedback: a REMB tells it what its viewers' paths carry.
    @Test(arguments: [1_000, nil] as [Int64?])
    func aPublisherWithoutTransportFeedbackIsToldWhatItsViewersCarry(kilobits: Int64?) throws {
        let room = try VirtualRoom(estimation: EstimatorSettings())
        var joining = VirtualRoom.Joining.publisher()
        for section in joining.publications.indices {
            joining.publications[section].extensions[.transportSequenceNumber] = nil
            for payload in joining.publications[section].payloads.indices {
                joining.publications[section].payloads[payload].feedback = [.nack, .pli, .remb]
            }
        }
        let publisher = try room.join(joining)
        publisher.publisher?.layers[0].packetsPerFrame = 7
        publisher.publisher?.layers[0].packetOctets = 1_050
        let viewer = try room.join(.viewer(seats: 1))
        room.setLink(to: viewer, kilobits: kilobits)
        room.show(publisher, to: viewer)
        room.run(.seconds(1))
        room.startPublishing(publisher)
        func rates() -> [Bitrate] {
            publisher.events.compactMap { if case .rateAllowed(let rate) = $0.event { rate } else { nil } }
        }
        for _ in 0..<40 {
            room.run(.seconds(1))
            // The encoder does as it is told.
            let octets = Int(rates().last?.bitsPerSecond ?? 1_700_000) / (13 * 120)
            publisher.publisher?.layers[0].packetOctets = min(1_050, octets)
        }
        let rate = try #require(rates().last)
        let decoded = viewer.records[1].decoded
        room.run(.seconds(5))
        #expect(viewer.records[1].decoded - decoded > 140, "\(rates().suffix(20))")
        #expect(kilobits == nil ? rate > .kilobits(1_700) : rate < .kilobits(1_000) && rate > .kilobits(500))
    }
}
