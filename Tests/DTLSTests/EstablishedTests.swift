import Primitives
import Testing

@testable import DTLS

struct EstablishedTests {
    private func makeEstablished() throws -> HandshakePair {
        let pair = try HandshakePair()
        pair.run()
        try #require(pair.haveMirroredKeys)
        return pair
    }

    @Test func applicationDataGoesBothWays() throws {
        let pair = try makeEstablished()
        let question = [UInt8](repeating: 1, count: DTLSEndpoint.maximumApplicationDataOctets)
        let answer: [UInt8] = [2, 3]
        try pair.client.send(question.span)
        try pair.client.send(answer.span)
        try pair.server.send(answer.span)
        pair.settle()
        #expect(pair.server.nextApplicationData() == question)
        #expect(pair.server.nextApplicationData() == answer)
        #expect(pair.server.nextApplicationData() == nil)
        #expect(pair.client.nextApplicationData() == answer)
    }

    @Test func theLargestMessageFillsADatagramToTheMTU() throws {
        let pair = try makeEstablished()
        let largest = [UInt8](repeating: 1, count: DTLSEndpoint.maximumApplicationDataOctets)
        try pair.client.send(largest.span)
        #expect(pair.client.drain().map(\.count) == [1_200])
        let larger = largest + [1]
        #expect(throws: DTLSError.tooLong(octets: 1_164, limit: 1_163)) { try pair.client.send(larger.span) }
    }

    @Test func applicationDataNeedsASession() throws {
        let data: [UInt8] = [1]
        let pair = try HandshakePair()
        #expect(throws: DTLSError.notEstablished) { try pair.client.send(data.span) }
        pair.run()
        pair.client.releaseSession()
        #expect(throws: DTLSError.notEstablished) { try pair.client.send(data.span) }
    }

    @Test func messagesThatNobodyTakesAreBounded() throws {
        let pair = try makeEstablished()
        let message: [UInt8] = [1]
        for _ in 0..<DTLSEndpoint.maximumQueuedMessages + 9 {
            try pair.client.send(message.span)
            pair.settle()
        }
        var taken = 0
        while pair.server.nextApplicationData() != nil { taken += 1 }
        #expect(taken == DTLSEndpoint.maximumQueuedMessages)
    }

    @Test func datagramsThatNobodyDrainsAreBounded() throws {
        let pair = try makeEstablished()
        let message: [UInt8] = [1]
        for _ in 0..<DTLSEndpoint.maximumQueuedDatagrams + 9 { try pair.client.send(message.span) }
        #expect(pair.client.drain().count == DTLSEndpoint.maximumQueuedDatagrams)
    }

    @Test func closingTellsThePeer() throws {
        let pair = try makeEstablished()
        pair.client.close()
        pair.client.close()
        #expect(pair.client.state.isClosed)
        pair.settle()
        #expect(pair.server.state.isClosed)
    }

    @Test func closingAfterTheReleaseTellsThePeerToo() throws {
        let pair = try makeEstablished()
        pair.server.releaseSession()
        pair.server.close()
        pair.settle()
        #expect(pair.server.state.isClosed)
        #expect(pair.client.state.isClosed)
    }

    @Test func closingDuringTheHandshakeEndsItSilently() throws {
        let pair = try HandshakePair()
        pair.client.start(now: .zero)
        pair.client.close()
        #expect(pair.client.state.isClosed)
        #expect(pair.client.nextTimeout == nil)
    }

    @Test func aPeersCloseIsNotReadAfterTheRelease() throws {
        let pair = try makeEstablished()
        pair.server.releaseSession()
        pair.client.close()
        pair.settle()
        #expect(pair.server.state.keys != nil)
    }

    @Test(arguments: ForgeryTests.forgeries.indices)
    func forgedDatagramsDoNotEndASession(index: Int) throws {
        let pair = try makeEstablished()
        for _ in 0..<100 {
            pair.deliver(ForgeryTests.forgeries[index].octets, to: .server)
            pair.deliver(ForgeryTests.forgeries[index].octets, to: .client)
        }
        #expect(pair.haveMirroredKeys)
        let message: [UInt8] = [7]
        try pair.client.send(message.span)
        pair.settle()
        #expect(pair.server.nextApplicationData() == message)
    }

    @Test func aRepeatedFinishedIsAnsweredAtMostOncePerInterval() throws {
        let pair = try makeEstablished()
        let finished = ForgeryTests.record(type: 22, epoch: 1, [UInt8](repeating: 1, count: 48))
        let later = pair.now + .milliseconds(100)
        for _ in 0..<100 { pair.server.receive(finished.span, now: later) }
        #expect(pair.server.drain().count == 1)
        for _ in 0..<100 { pair.client.receive(finished.span, now: later) }
        #expect(pair.client.drain().isEmpty)
    }
}
