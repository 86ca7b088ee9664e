import Primitives
import Testing

@testable import DTLS

/// A record of any length, type and epoch, in every state of either end, harms nothing: OpenSSL's versions differ in what
/// they make of records that no cipher can have written.
struct RecordLengthTests {
    /// How the forged records come.
    enum Arrival: CaseIterable {
        /// Each in a datagram of its own, as each state is reached.
        case alone
        /// In front of every genuine record, in its datagram.
        case inFront
        /// Behind every genuine record, in its datagram.
        case behind
    }

    /// Every length from 0 to 64 octets.
    private static func forgeries(type: UInt8, epoch: UInt16) -> [[UInt8]] {
        (0...64).flatMap { count in
            [0, 1, 0xA5].map { ForgeryTests.record(type: type, epoch: epoch, Array(repeating: $0, count: count)) }
        }
    }

    @Test(arguments: UInt8(19)...24, UInt16(0)...2)
    func noLengthHarmsAHandshakeInAnyState(type: UInt8, epoch: UInt16) throws {
        for arrival in Arrival.allCases {
            let pair = try HandshakePair()
            // Every record in its own datagram: so there are states between a ChangeCipherSpec and its Finished.
            pair.splitsRecords = true
            let forgeries = Self.forgeries(type: type, epoch: epoch)
            let attack = { [unowned pair] in
                for forged in forgeries {
                    pair.deliver(forged, to: .server)
                    pair.deliver(forged, to: .client)
                }
            }
            switch arrival {
            case .alone: pair.afterStep = attack
            case .inFront, .behind:
                pair.fate = { [unowned pair] _, transit in
                    for forged in forgeries {
                        pair.deliver(
                            arrival == .inFront ? forged + transit.octets : transit.octets + forged, to: transit.to)
                    }
                    return .delivered
                }
            }
            attack()
            pair.run(until: .milliseconds(2_500))
            #expect(pair.haveMirroredKeys, "\(arrival): \(pair.client.state), \(pair.server.state)")
        }
    }

    @Test(arguments: [false, true])
    func noLengthHarmsAnEstablishedSession(isReleased: Bool) throws {
        let pair = try HandshakePair()
        pair.run()
        if isReleased {
            pair.server.releaseSession()
            pair.client.releaseSession()
        }
        for type in UInt8(19)...24 {
            for epoch in UInt16(0)...2 {
                for forged in Self.forgeries(type: type, epoch: epoch) {
                    pair.deliver(forged, to: .server)
                    pair.deliver(forged, to: .client)
                }
            }
        }
        #expect(pair.haveMirroredKeys)
        guard !isReleased else { return }
        let message: [UInt8] = [7]
        try pair.client.send(message.span)
        try pair.server.send(message.span)
        pair.settle()
        #expect(pair.server.nextApplicationData() == message)
        #expect(pair.client.nextApplicationData() == message)
    }

    /// What is dropped before OpenSSL sees it is counted.
    @Test func recordsThatTheCipherCannotHaveAreCounted() throws {
        let pair = try HandshakePair()
        pair.run()
        let before = pair.server.dropped
        for count in 0...23 {
            for type in UInt8(20)...23 {
                pair.deliver(ForgeryTests.record(type: type, epoch: 1, Array(repeating: 1, count: count)), to: .server)
            }
        }
        pair.deliver([22, 1, 2], to: .server)
        #expect(pair.server.dropped == before + 4 * 24 + 1)
    }
}
