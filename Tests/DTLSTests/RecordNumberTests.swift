import Cryptography
import Primitives
import Testing

@testable import DTLS

/// Record numbers in plaintext are not authenticated, and a flight that is sent again has new ones.
struct RecordNumberTests {
    private static func isChangeCipherSpec(_ transit: HandshakePair.Transit) -> Bool {
        DTLSRecord.all(in: transit.octets.span).first?.type == .changeCipherSpec
    }

    /// Numbers with which a forged record could move a replay window.
    private static let farNumbers: [UInt32] = [0, 1, 5, 63, 64, 255, 65_535, .max]

    @Test(arguments: farNumbers, [DTLSEndpoint.Role.client, .server])
    func aForgedChangeCipherSpecInAnyStateHarmsNothing(number: UInt32, to role: DTLSEndpoint.Role) throws {
        for step in 0..<24 {
            let pair = try HandshakePair()
            pair.splitsRecords = true
            var steps = 0
            let forged = ForgeryTests.record(type: 20, sequence: number, [1])
            pair.afterStep = { [unowned pair] in
                if steps == step { pair.deliver(forged, to: role) }
                steps += 1
            }
            if step == 0 { pair.deliver(forged, to: role) }
            pair.run()
            #expect(pair.haveMirroredKeys, "step \(step): \(pair.client.state), \(pair.server.state)")
            #expect(pair.now < .milliseconds(100), "step \(step) cost a repetition")
        }
    }

    @Test(arguments: farNumbers)
    func aForgedMessageThatIsFarAheadHarmsNothing(number: UInt32) throws {
        let pair = try HandshakePair()
        pair.splitsRecords = true
        let forged = ForgeryTests.record(
            type: 22, sequence: number, ForgeryTests.fragment(type: 11, octets: 0, sequence: 15, part: 0..<0))
        pair.afterStep = { [unowned pair] in
            pair.deliver(forged, to: .client)
            pair.deliver(forged, to: .server)
        }
        pair.run()
        #expect(pair.haveMirroredKeys)
        #expect(pair.now < .milliseconds(100))
    }

    /// Each time it is sent, the ChangeCipherSpec comes before the messages that it follows.
    @Test(arguments: [DTLSEndpoint.Role.client, .server], [false, true])
    func aChangeCipherSpecThatOvertakesItsFlightCostsNothing(to role: DTLSEndpoint.Role, isFirstLost: Bool) throws {
        let pair = try HandshakePair()
        pair.splitsRecords = true
        var changes = 0
        pair.fate = { [unowned pair] _, transit in
            guard transit.to == role else { return .delivered }
            if Self.isChangeCipherSpec(transit) {
                changes += 1
                if isFirstLost, changes == 1 { return .lost }
                pair.deliver(transit.octets, to: role)
                return .lost
            }
            return .delayed(.milliseconds(10))
        }
        pair.run()
        #expect(pair.haveMirroredKeys)
        #expect(pair.now < .milliseconds(isFirstLost ? 300 : 150))
    }

    @Test(arguments: [DTLSEndpoint.Role.client, .server], 0..<6)
    func recordsInAnyOrderAreTaken(to role: DTLSEndpoint.Role, first: Int) throws {
        let pair = try HandshakePair()
        pair.splitsRecords = true
        var count = 0
        pair.fate = { _, transit in
            guard transit.to == role else { return .delivered }
            count += 1
            // The later ones come first.
            return .delayed(.milliseconds(Int64(10 * (20 - (count + first) % 20))))
        }
        pair.run()
        #expect(pair.haveMirroredKeys)
    }

    @Test(arguments: UInt64(0)..<20)
    func everyTransmissionHasNumbersOfItsOwn(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pair = try HandshakePair()
        pair.splitsRecords = true
        var seen: [DTLSEndpoint.Role: [UInt64]] = [:]
        pair.fate = { _, transit in
            seen[transit.to, default: []] += recordNumbers(in: transit.octets)
            return Bool.random(using: &random) ? .delivered : .lost
        }
        pair.run()
        #expect(pair.haveMirroredKeys)
        for (to, numbers) in seen {
            let plaintext = numbers.filter { $0 >> 48 == 0 }
            #expect(Set(plaintext).count == plaintext.count)
            // A client's Finished takes turns with its spares; a server's is sealed once.
            let finished = numbers.filter { $0 >> 48 == 1 }.prefix(9)
            #expect(Set(finished).count == (to == .server ? finished.count : min(finished.count, 1)))
        }
    }

    /// A server that has taken the first Finished, and whose answer was lost, must be able to read the next one. This server
    /// is OpenSSL alone, without what stands in front of it here.
    @Test(arguments: 1...12)
    func aClientsRepeatedFinishedIsReadByAServerThatHasTheFirst(losses: Int) throws {
        let client = try DTLSEndpoint(
            context: DTLSContext(certificate: Credentials.client), role: .client,
            remoteFingerprints: [Credentials.server.fingerprint], now: .zero)
        let server = try DTLSSession(
            context: DTLSContext(certificate: Credentials.server), role: .server,
            remoteFingerprints: [Credentials.client.fingerprint])
        client.start(now: .zero)
        var now = MonotonicInstant.zero
        var isEstablished = false
        var lost = 0
        for _ in 0..<losses + 4 {
            for datagram in client.drain() {
                if isEstablished {
                    server.feed(datagram)
                    _ = server.read()
                } else if case .completed = server.handshake(with: datagram) {
                    isEstablished = true
                }
            }
            for answer in server.takeOutbound() {
                if isEstablished, lost < losses {
                    // The last flight is one datagram when it is first written and two when it is written again.
                    if DTLSRecord.all(in: answer.span).contains(where: { $0.epoch == 1 }) { lost += 1 }
                } else {
                    client.receive(answer.span, now: now)
                }
            }
            now = now + .seconds(2)
            client.handleTimeout(now: now)
        }
        #expect(isEstablished)
        // Spares for eight repetitions were sealed; after them an old number can only be dropped.
        #expect((client.state.keys != nil) == (losses <= 8), "\(client.state) after \(lost) losses")
    }

    @Test(arguments: UInt64(0)..<300)
    func forgedRecordsBetweenLostAndReorderedOnesNeverEndAHandshake(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pair = try HandshakePair()
        pair.splitsRecords = Bool.random(using: &random)
        pair.fate = { _, _ in
            switch UInt.random(in: 0..<100, using: &random) {
            case 0..<20: .lost
            case 20..<30: .doubled(.milliseconds(Int64.random(in: 0..<60, using: &random)))
            case 30..<60: .delayed(.milliseconds(Int64.random(in: 0..<150, using: &random)))
            default: .delivered
            }
        }
        pair.afterStep = { [unowned pair] in
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let count = Int.random(in: 0...64, using: &random)
                let payload =
                    Bool.random(using: &random)
                    ? [1] : (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                let forged = ForgeryTests.record(
                    type: .random(in: 19...24, using: &random), epoch: .random(in: 0...2, using: &random),
                    sequence: Bool.random(using: &random)
                        ? .random(in: 0..<80, using: &random) : .random(in: 0 ... .max, using: &random),
                    payload)
                pair.deliver(forged, to: Bool.random(using: &random) ? .server : .client)
            }
            if Bool.random(using: &random) { pair.server.releaseSession() }
        }
        pair.run()
        #expect(pair.haveMirroredKeys, "\(pair.client.state), \(pair.server.state)")
    }
}
