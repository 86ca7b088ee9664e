import Client
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing
import Transport

@testable import MediaRuntime

/// A NAT forgets a mapping: the peer's datagrams come from another address, which its next check names seconds later.
@Suite struct RebindingTests {
    private static let elsewhere = TransportAddress(v4: 203, 0, 113, 77, port: 9_999)

    /// The same host as a NAT's new mapping shows it.
    private func otherPort(of participant: Participant) -> TransportAddress {
        var address = participant.address
        address.port = 9_999
        return address
    }

    @Test(arguments: [0, 300, 1_000, 2_500, 4_000] as [Int64])
    func aPublishersMediaGoesOnFromItsNewAddress(after milliseconds: Int64) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        room.run(.milliseconds(milliseconds))
        let moved = room.now
        let decoded = viewer.records[1].decoded
        room.rebind(publisher, to: Self.elsewhere)
        var firstAnswer: MonotonicInstant?
        room.sink.observer = { octets, path in
            if path.remote == Self.elsewhere, octets[0] >= 128, firstAnswer == nil { firstAnswer = room.now }
        }
        room.run(.seconds(2))
        #expect(viewer.records[1].longestPause < .milliseconds(300))
        #expect(viewer.records[1].decoded > decoded + 50)
        #expect(try #require(firstAnswer) - moved < .milliseconds(500), "RTCP follows")
        let requests = publisher.publisher?.layers[0].requests.filter { $0 > moved } ?? []
        #expect(try #require(requests.first) - moved < .milliseconds(500), "a keyframe is asked for at once")
        #expect(room.worker.peers[publisher.id]?.transport.selectedPath?.remote == Self.elsewhere)
    }

    /// Nobody can know before the viewer speaks, which this one does once a second: reports alone, whatever it receives.
    @Test(arguments: [false, true])
    func aViewerIsServedAtItsNewAddressWithItsNextReport(sendsFeedback: Bool) throws {
        var total = Duration.zero
        let phases = stride(from: 0, to: 1_000, by: 50).map { Int64($0) }
        for phase in phases {
            let room = try VirtualRoom()
            let publisher = try room.join(.publisher())
            var joining = VirtualRoom.Joining.viewer()
            joining.options.sendsTransportFeedback = sendsFeedback
            let viewer = try room.join(joining)
            room.show(publisher, to: viewer)
            room.run(.seconds(1))
            room.startPublishing(publisher)
            room.run(.milliseconds(2_000 + phase))
            let moved = room.now
            room.rebind(viewer, to: otherPort(of: viewer))
            room.run(.seconds(2))
            #expect(viewer.records[0].longestPause < .milliseconds(1_150))
            #expect(viewer.records[1].longestPause < .milliseconds(1_250))
            total += viewer.records[0].longestPause
            let requests = publisher.publisher?.layers[0].requests.filter { $0 > moved } ?? []
            #expect(try #require(requests.first) - moved < .milliseconds(1_250), "a keyframe is asked for at once")
        }
        #expect(total / phases.count < .milliseconds(800))
    }

    /// A browser has a reporter per section, and so speaks several times a second.
    @Test func aViewerThatSpeaksOftenIsFollowedWithinASecond() throws {
        for phase in stride(from: Int64(0), to: 1_000, by: 100) {
            let room = try VirtualRoom()
            let (_, viewer) = try room.playing()
            room.run(.milliseconds(phase))
            room.rebind(viewer, to: otherPort(of: viewer))
            for _ in 0..<10 {
                room.run(.milliseconds(300))
                viewer.client.sendRTCP([.receiverReport(ReceiverReport(ssrc: SSRC(1), reportBlocks: []))])
                room.settle(viewer)
            }
            #expect(viewer.records[0].longestPause < .milliseconds(600))
            #expect(viewer.records[1].longestPause < .milliseconds(700))
        }
    }

    @Test func manyViewersOfOneHostAreToldApart() throws {
        let room = try VirtualRoom()
        let publisher = try room.join(.publisher())
        var viewers: [Participant] = []
        for number in 0..<60 {
            var joining = VirtualRoom.Joining.viewer()
            joining.address = TransportAddress(v4: 198, 51, 100, 200, port: 20_000 + UInt16(number))
            viewers.append(try room.join(joining))
            room.show(publisher, to: viewers[number])
        }
        room.run(.seconds(2))
        room.startPublishing(publisher)
        room.run(.seconds(1))
        for number in [3, 31, 59] {
            room.rebind(viewers[number], to: TransportAddress(v4: 198, 51, 100, 200, port: 30_000 + UInt16(number)))
        }
        room.run(.seconds(3))
        for viewer in viewers {
            #expect(room.worker.peers[viewer.id]?.transport.selectedPath?.remote == viewer.address)
            #expect(viewer.records[1].longestPause < .milliseconds(1_250))
            #expect(viewer.records[1].strange == 0 && viewer.client.dropped.notAuthentic == 0)
        }
    }

    @Test func noRecordedPacketMovesAPath() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        var recorded: [[UInt8]] = []
        room.network.interceptor = { datagram in
            if datagram.to == VirtualRoom.serverV4, datagram.octets[0] >= 128 { recorded.append(datagram.octets) }
            return true
        }
        room.run(.seconds(1))
        room.network.interceptor = nil
        // Both fall silent, so that nothing but the old packets comes.
        room.freeze(publisher)
        room.freeze(viewer)
        room.run(.seconds(2))
        for octets in recorded {
            room.inject(octets, from: Self.elsewhere)
            room.run(.milliseconds(5))
        }
        room.run(.milliseconds(20))
        for peer in [publisher, viewer] {
            let transport = try #require(room.worker.peers[peer.id]).transport
            #expect(transport.selectedPath?.remote == peer.address)
            #expect(transport.validatedPaths.count == 1)
        }
        #expect(room.drops(.unvalidatedAddress) == UInt64(recorded.count))
        #expect(recorded.count > 100)
    }

    /// A packet that was held back, while later ones came through, is authentic and was never seen; it is not news.
    @Test func noOldPacketThatWasHeldBackMovesAPath() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        var held: [[UInt8]] = []
        var count = 0
        room.network.interceptor = { datagram in
            guard datagram.to == VirtualRoom.serverV4, datagram.octets[0] >= 128 else { return true }
            count += 1
            guard count.isMultiple(of: 10) else { return true }
            held.append(datagram.octets)
            return false
        }
        room.run(.seconds(1))
        room.network.interceptor = nil
        room.run(.seconds(1))
        room.freeze(publisher)
        room.freeze(viewer)
        room.run(.seconds(1))
        for octets in held {
            room.inject(octets, from: Self.elsewhere)
            room.run(.milliseconds(5))
        }
        #expect(held.count > 10)
        #expect(room.worker.peers[publisher.id]?.transport.validatedPaths.count == 1)
        #expect(room.worker.peers[viewer.id]?.transport.validatedPaths.count == 1)
    }

    /// Whoever can copy packets on the way, but not stop them, moves nothing, not even with the faster line: the peer is
    /// heard where it is.
    @Test(arguments: [false, true])
    func copiesMoveNothing(areFaster: Bool) throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        var copies: [[UInt8]] = []
        room.network.interceptor = { datagram in
            guard datagram.to == VirtualRoom.serverV4,
                datagram.from == publisher.address || datagram.from == viewer.address,
                datagram.octets[0] >= 128
            else { return true }
            if areFaster { room.inject(datagram.octets, from: Self.elsewhere) } else { copies.append(datagram.octets) }
            return true
        }
        for _ in 0..<400 {
            room.run(.milliseconds(5))
            for copy in copies { room.inject(copy, from: Self.elsewhere) }
            copies = []
        }
        #expect(room.worker.peers[publisher.id]?.transport.selectedPath?.remote == publisher.address)
        #expect(room.worker.peers[viewer.id]?.transport.selectedPath?.remote == viewer.address)
        #expect(viewer.records[1].longestPause < .milliseconds(100))
    }

    @Test func garbageFromStrangersWithKnownSSRCsCostsNoMoreThanItsShare() throws {
        let room = try VirtualRoom()
        let (publisher, viewer) = try room.playing()
        let ssrc = publisher.client.encodings[1][0].ssrc.rawValue
        var generator = SeededGenerator(seed: 25)
        for _ in 0..<500 {
            for kind in [[0x80, 96], [0x80, 201], [0x80, 205]] as [[UInt8]] {
                var octets = kind
                octets.append(bigEndian: UInt16.random(in: .min ... .max, using: &generator))
                if kind[1] == 96 { octets.append(bigEndian: UInt32(1)) }
                octets.append(bigEndian: kind[1] == 96 ? ssrc : 1)
                for _ in 0..<Int.random(in: 0...60, using: &generator) {
                    octets.append(UInt8.random(in: .min ... .max, using: &generator))
                }
                // The viewer's own host among them, as from behind its NAT.
                var from = Bool.random(using: &generator) ? viewer.address : publisher.address
                from.port = UInt16.random(in: 1_024..<39_999, using: &generator)
                room.inject(octets, from: from)
            }
            room.run(.milliseconds(4))
        }
        room.run(.milliseconds(20))
        #expect(room.drops(.unvalidatedAddress) == 1_500)
        #expect(viewer.records[1].longestPause < .milliseconds(100))
        #expect(room.worker.peers.byPath.indices.count == 2)
    }

    @Test func aSearchTriesFewAndThenTheNext() {
        var search = RebindingSearch()
        var begun = 0
        for millisecond in 0..<400 {
            for _ in 0..<100 where search.begin(now: .zero + .milliseconds(Int64(millisecond))) { begun += 1 }
        }
        #expect(begun == 10 * RebindingSearch.maximumSearches)
        var attempted: [Int] = []
        for _ in 0..<3 {
            _ = search.first(of: 150) {
                $0 != 5
            } attempt: { index in
                attempted.append(index)
                return false
            }
        }
        #expect(attempted.count == 3 * RebindingSearch.maximumAttempts)
        #expect(Set(attempted) == Set(0..<150).subtracting([5]))
        let found = search.first(of: 40, isLikely: { $0 < 10 }, attempt: { $0 == 5 })
        #expect(found == 5)
        let none = search.first(of: 0, isLikely: { _ in true }, attempt: { _ in true })
        #expect(none == nil)
    }
}
