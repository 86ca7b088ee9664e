import ICE
import Primitives
import Testing

/// The two agents together over a link.
struct ICEPairTests {
    @Test func theyConnectInTwoRoundTrips() throws {
        var pair = VirtualPair(seed: 1)
        pair.run(for: .seconds(1))
        #expect(try #require(pair.connectedAt) == .zero + .milliseconds(80))
        #expect(pair.client.selectedPath?.remote == VirtualPair.serverAddress)
        #expect(pair.server.selectedPath?.remote == VirtualPair.clientAddress)
        #expect(pair.sentToServer == 2)
    }

    @Test(arguments: 0..<40)
    func theyConnectInSpiteOfLoss(_ seed: Int) {
        var pair = VirtualPair(seed: UInt64(seed), loss: 0.3)
        pair.run(for: .seconds(30))
        #expect(pair.connectedAt != nil)
        #expect(pair.server.selectedPath != nil)
    }

    @Test(arguments: 0..<10)
    func theyStayConnectedForHoursInSpiteOfLoss(_ seed: Int) {
        var pair = VirtualPair(seed: UInt64(seed))
        pair.run(for: .seconds(1))
        pair.loss = 0.05
        pair.run(for: .seconds(3_600))
        #expect(pair.clientEnd == nil)
        #expect(pair.serverEnd == nil)
        #expect(pair.client.selectedPath != nil)
    }

    @Test(arguments: 0..<10)
    func bothEndWithinThirtySecondsOfSilence(_ seed: Int) throws {
        var pair = VirtualPair(seed: UInt64(seed))
        pair.run(for: .seconds(17))
        let cut = pair.now
        pair.isCut = true
        pair.run(for: .seconds(60))
        let server = try #require(pair.serverEnd)
        #expect(server.what == .consentExpired)
        #expect(server.at - cut <= .milliseconds(30_020))
        #expect(server.at - cut >= .seconds(23))
        let client = try #require(pair.clientEnd)
        #expect(client.what == .consentLost)
        #expect(client.at - cut <= .milliseconds(30_020))
        #expect(pair.client.selectedPath == nil && pair.server.selectedPath == nil)
    }

    @Test(arguments: 0..<10)
    func aNewMappingOfTheNATMovesThePathAtTheNextCheck(_ seed: Int) {
        var pair = VirtualPair(seed: UInt64(seed))
        pair.run(for: .seconds(2))
        pair.mappedAddress = TransportAddress(v4: 203, 0, 113, 9, port: 61_000)
        pair.run(for: .milliseconds(6_100))
        #expect(pair.server.selectedPath?.remote == pair.mappedAddress)
        pair.run(for: .seconds(120))
        #expect(pair.clientEnd == nil && pair.serverEnd == nil)
    }

    @Test func aMoveOfTheClientMovesThePathAtOnce() {
        var pair = VirtualPair(seed: 3)
        pair.run(for: .seconds(2))
        pair.mappedAddress = TransportAddress(v4: 203, 0, 113, 9, port: 61_000)
        pair.client.move(to: TransportAddress(v4: 172, 16, 0, 5, port: 40_000), now: pair.now)
        pair.run(for: .milliseconds(6_000))
        #expect(pair.server.selectedPath?.remote == pair.mappedAddress)
        #expect(pair.client.selectedPath?.local == TransportAddress(v4: 172, 16, 0, 5, port: 40_000))
    }

    @Test func anUnreachableCandidateIsPassedOver() {
        let nowhere = TransportAddress(v4: 10, 99, 99, 99, port: 443)
        var pair = VirtualPair(seed: 4, remoteCandidates: [nowhere, VirtualPair.serverAddress])
        pair.run(for: .milliseconds(200))
        #expect(pair.client.selectedPath?.remote == VirtualPair.serverAddress)
    }

    @Test func aClientWhoseServerIsAwayGivesUpAfterTheLastWait() throws {
        var pair = VirtualPair(seed: 5)
        pair.isCut = true
        pair.run(for: .seconds(60))
        let end = try #require(pair.clientEnd)
        #expect(end.what == .failed(.noPairWorks))
        // RFC 8489 section 6.2.1 counts it out: 31.5 s for seven transmissions and 8 s after the last.
        #expect(end.at == .zero + .milliseconds(39_500))
        #expect(pair.sentToServer == 7)
        #expect(try #require(pair.serverEnd).what == .connectTimeout)
    }
}
