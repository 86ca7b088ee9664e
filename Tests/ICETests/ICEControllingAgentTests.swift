import ICE
import Primitives
import TestSupport
import Testing

struct ICEControllingAgentTests {
    private static let serverAddress = TransportAddress(v4: 10, 0, 0, 1, port: 443)
    private static let clientAddress = TransportAddress(v4: 192, 0, 2, 1, port: 5_000)
    private static let path = NetworkPath(local: clientAddress, remote: serverAddress)
    private static let server = LiteAgentFixture.server
    private static let client = LiteAgentFixture.client

    private var agent = Self.agent()

    private static func agent(candidates: [TransportAddress] = [serverAddress]) -> ICEControllingAgent {
        ICEControllingAgent(
            local: client, remote: server, remoteCandidates: candidates, localAddress: clientAddress,
            generator: SeededGenerator(seed: 11), now: .zero)
    }

    private func ms(_ count: Int) -> MonotonicInstant { .zero + .milliseconds(count) }

    private mutating func receive(_ octets: [UInt8], on path: NetworkPath = path, at now: MonotonicInstant)
        -> ICEControllingAgent.OnDatagram
    {
        agent.receive(octets.span, on: path, now: now)
    }

    /// The next datagram, which must be a check, parsed and verified with the server's password.
    private mutating func nextCheck() throws -> (message: STUNMessage, username: String, path: NetworkPath) {
        let next = agent.nextDatagram()
        let (octets, path) = try #require(next)
        let message = try STUNMessageTests.parse(octets)
        #expect(try STUNMessageTests.verifies(octets, key: Array(Self.server.password.utf8)))
        #expect(message.messageClass == .request && message.hasFingerprint && message.priority != nil)
        let username = try #require(message.username)
        return (message, String(decoding: octets[username], as: UTF8.self), path)
    }

    /// A response as the server writes it.
    private func response(
        _ messageClass: STUNMessage.Class, to id: STUNTransactionID, code: STUNErrorCode? = nil,
        password: String = server.password
    ) -> [UInt8] {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(messageClass, transactionID: id, into: &octets)
        if let code { builder.append(.errorCode(code), to: &octets) }
        let key = Array(password.utf8)
        builder.appendMessageIntegrity(key: key.span, to: &octets)
        return octets
    }

    /// Lets the agent connect at zero.
    private mutating func connect() throws {
        _ = agent.handleTimeout(now: .zero)
        let first = try nextCheck()
        #expect(receive(response(.success, to: first.message.transactionID), at: .zero) == .none)
        let nomination = try nextCheck()
        #expect(
            receive(response(.success, to: nomination.message.transactionID), at: .zero) == .connected(Self.path))
    }

    @Test mutating func theFirstCheckHasWhatRFC8445AsksFor() throws {
        #expect(agent.nextTimeout == .zero)
        #expect(agent.nextDatagram() == nil)
        #expect(agent.handleTimeout(now: .zero) == .none)
        let check = try nextCheck()
        #expect(check.username == "srvUfrag:cli1")
        #expect(check.path == Self.path)
        #expect(!check.message.usesCandidate)
        guard case .controlling = check.message.role else {
            Issue.record("claims \(String(describing: check.message.role))")
            return
        }
        #expect(agent.nextDatagram() == nil)
    }

    @Test mutating func aCheckIsSentAgainWithTheSameTransactionAtDoublingIntervals() throws {
        var seen: Set<STUNTransactionID> = []
        for at in [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500] {
            #expect(agent.nextTimeout == ms(at))
            #expect(agent.handleTimeout(now: ms(at)) == .none)
            try seen.insert(nextCheck().message.transactionID)
            #expect(agent.nextDatagram() == nil)
        }
        #expect(seen.count == 1)
        #expect(agent.nextTimeout == ms(39_500))
        #expect(agent.handleTimeout(now: ms(39_500)) == .failed(.noPairWorks))
        #expect(agent.nextTimeout == nil)
    }

    @Test mutating func pairsAreCheckedOnePerPacingInterval() throws {
        let others = (2...4).map { TransportAddress(v4: 10, 0, 0, $0, port: 443) }
        let v6 = try #require(TransportAddress("2001:db8::1", port: 443))
        agent = Self.agent(candidates: [v6] + others)
        for (index, other) in others.enumerated() {
            #expect(agent.nextTimeout == ms(50 * index))
            _ = agent.handleTimeout(now: ms(50 * index))
            #expect(try nextCheck().path.remote == other)
        }
        #expect(agent.nextTimeout == ms(500))
    }

    @Test mutating func candidatesBeyondTheLimitAreLeftOut() throws {
        agent = Self.agent(candidates: (0..<150).map { TransportAddress(v4: 10, 0, 0, 1, port: $0) })
        var remotes: Set<TransportAddress> = []
        for turn in 0..<200 {
            _ = agent.handleTimeout(now: ms(50 * turn))
            while let (_, path) = agent.nextDatagram() { remotes.insert(path.remote) }
        }
        #expect(remotes.count == ICEControllingAgent.maximumPairs)
    }

    @Test mutating func withoutAnyPairItFailsAtOnce() {
        agent = Self.agent(candidates: [])
        #expect(agent.handleTimeout(now: .zero) == .failed(.noPairWorks))
    }

    @Test mutating func theFirstPairThatAnswersIsNominated() throws {
        _ = agent.handleTimeout(now: .zero)
        let first = try nextCheck()
        #expect(receive(response(.success, to: first.message.transactionID), at: ms(30)) == .none)
        #expect(agent.selectedPath == nil)
        let nomination = try nextCheck()
        #expect(nomination.message.usesCandidate)
        #expect(nomination.message.transactionID != first.message.transactionID)
        #expect(
            receive(response(.success, to: nomination.message.transactionID), at: ms(60)) == .connected(Self.path))
        #expect(agent.selectedPath == Self.path)
    }

    @Test mutating func whenTheNominationFailsAPairThatAnsweredMeanwhileIsNominated() throws {
        let other = TransportAddress(v4: 10, 0, 0, 2, port: 443)
        agent = Self.agent(candidates: [Self.serverAddress, other])
        _ = agent.handleTimeout(now: .zero)
        let first = try nextCheck()
        _ = agent.handleTimeout(now: ms(50))
        let second = try nextCheck()
        _ = receive(response(.success, to: first.message.transactionID), at: ms(60))
        let nomination = try nextCheck()
        let otherPath = NetworkPath(local: Self.clientAddress, remote: other)
        _ = receive(response(.success, to: second.message.transactionID), on: otherPath, at: ms(70))
        let refusal = response(.error, to: nomination.message.transactionID, code: .badRequest)
        #expect(receive(refusal, at: ms(80)) == .none)
        let renomination = try nextCheck()
        #expect(renomination.path == otherPath && renomination.message.usesCandidate)
        let answer = response(.success, to: renomination.message.transactionID)
        #expect(receive(answer, on: otherPath, at: ms(90)) == .connected(otherPath))
    }

    @Test mutating func answersThatAreNotTheServersAreDropped() throws {
        _ = agent.handleTimeout(now: .zero)
        let id = try nextCheck().message.transactionID
        #expect(receive(response(.success, to: id, password: "x"), at: ms(1)) == .drop(.integrityMismatch))
        let stranger = response(.success, to: .init(high: 0, low: 0))
        #expect(receive(stranger, at: ms(1)) == .drop(.unexpectedResponse))
        let elsewhere = NetworkPath(local: Self.clientAddress, remote: TransportAddress(v4: 9, 9, 9, 9, port: 9))
        #expect(receive(response(.success, to: id), on: elsewhere, at: ms(1)) == .drop(.unexpectedResponse))
        #expect(receive([0, 1, 2], at: ms(1)) == .drop(.malformed))
    }

    @Test mutating func aRefusalIsTheEndOfItsPair() throws {
        _ = agent.handleTimeout(now: .zero)
        let id = try nextCheck().message.transactionID
        let refusal = response(.error, to: id, code: .unauthenticated)
        #expect(receive(refusal, at: ms(1)) == .failed(.noPairWorks))
        #expect(agent.nextTimeout == nil)
    }

    @Test mutating func aRoleConflictEndsTheAgent() throws {
        _ = agent.handleTimeout(now: .zero)
        let id = try nextCheck().message.transactionID
        #expect(receive(response(.error, to: id, code: .roleConflict), at: ms(1)) == .failed(.roleConflict))
    }

    @Test mutating func consentChecksComeEveryFourToSixSecondsAndNominate() throws {
        try connect()
        var last = MonotonicInstant.zero
        var waits: Set<Duration> = []
        for _ in 0..<100 {
            let due = try #require(agent.nextTimeout)
            #expect((.seconds(4) ... .seconds(6)).contains(due - last))
            waits.insert(due - last)
            #expect(agent.handleTimeout(now: due) == .none)
            let check = try nextCheck()
            #expect(check.message.usesCandidate)
            #expect(receive(response(.success, to: check.message.transactionID), at: due) == .none)
            last = due
        }
        #expect(waits.count > 50)
    }

    @Test mutating func consentIsLostThirtySecondsAfterTheLastAnswer() throws {
        try connect()
        var outcome = ICEControllingAgent.OnTimeout.none
        while outcome == .none {
            let due = try #require(agent.nextTimeout)
            try #require(due <= ms(30_000))
            outcome = agent.handleTimeout(now: due)
            if due == ms(30_000) { break }
            // A refusal is no consent.
            let check = try nextCheck()
            #expect(receive(response(.error, to: check.message.transactionID, code: .badRequest), at: due) == .none)
        }
        #expect(outcome == .consentLost)
        #expect(agent.selectedPath == nil)
    }

    @Test mutating func aMoveBeforeTheConnectionBeginsTheChecksAnew() throws {
        _ = agent.handleTimeout(now: .zero)
        let first = try nextCheck()
        let moved = TransportAddress(v4: 192, 0, 2, 77, port: 1)
        agent.move(to: moved, now: ms(100))
        #expect(agent.nextTimeout == ms(100))
        _ = agent.handleTimeout(now: ms(100))
        let second = try nextCheck()
        #expect(second.path.local == moved)
        #expect(second.message.transactionID != first.message.transactionID)
    }

    @Test mutating func aCheckOfThePeerIsAnswered() throws {
        var check = Check(to: Self.client, from: Self.server)
        check.role = .controlled(tieBreaker: 5)
        #expect(receive(check.octets, at: .zero) == .none)
        let next = agent.nextDatagram()
        let (octets, path) = try #require(next)
        #expect(path == Self.path)
        #expect(try STUNMessageTests.verifies(octets, key: Array(Self.client.password.utf8)))
        #expect(try STUNMessageTests.parse(octets).xorMappedAddress == Self.serverAddress)
    }

    @Test mutating func aControllingPeerIsRefusedWhereItsTieBreakerIsTheSmallerOne() throws {
        var check = Check(to: Self.client, from: Self.server)
        check.role = .controlling(tieBreaker: 0)
        #expect(receive(check.octets, at: .zero) == .none)
        let next = agent.nextDatagram()
        let octets = try #require(next).octets
        #expect(try STUNMessageTests.parse(octets).errorCode == .roleConflict)
        check.role = .controlling(tieBreaker: .max)
        #expect(receive(check.octets, at: .zero) == .failed(.roleConflict))
    }
}
