import Primitives
import Testing

@testable import DTLS

/// Whoever can forge the peer's address must not end a handshake with cheap means, and nothing may trap.
struct ForgeryTests {
    /// A record with the given header and payload.
    static func record(type: UInt8, epoch: UInt16 = 0, sequence: UInt32 = 7, _ payload: [UInt8]) -> [UInt8] {
        var octets: [UInt8] = [type, 0xFE, 0xFD]
        octets.append(bigEndian: epoch)
        octets.append(bigEndian: UInt16(0))
        octets.append(bigEndian: sequence)
        octets.append(bigEndian: UInt16(payload.count))
        return octets + payload
    }

    /// A fragment of a handshake message.
    static func fragment(
        type: UInt8, octets: Int, sequence: UInt16, part: Range<Int>
    ) -> [UInt8] {
        var header: [UInt8] = [type]
        header.append(bigEndian24: UInt32(octets))
        header.append(bigEndian: sequence)
        header.append(bigEndian24: UInt32(part.lowerBound))
        header.append(bigEndian24: UInt32(part.count))
        return header + [UInt8](repeating: 0xA5, count: part.count)
    }

    static let forgeries: [(name: String, octets: [UInt8])] = [
        ("nothing", []),
        ("a fatal alert in plaintext", record(type: 21, [2, 40])),
        ("a close_notify in plaintext", record(type: 21, [1, 0])),
        ("an alert of one octet", record(type: 21, [2])),
        ("application data in plaintext", record(type: 23, [1, 2, 3])),
        ("encrypted application data", record(type: 23, epoch: 1, [UInt8](repeating: 1, count: 40))),
        ("an encrypted alert", record(type: 21, epoch: 1, [UInt8](repeating: 1, count: 26))),
        ("a ChangeCipherSpec", record(type: 20, [1])),
        ("a ChangeCipherSpec with another octet", record(type: 20, [2])),
        ("a ChangeCipherSpec of two octets", record(type: 20, [1, 1])),
        ("a Finished with a wrong key", record(type: 22, epoch: 1, [UInt8](repeating: 1, count: 48))),
        ("a Finished without room for nonce and tag", record(type: 22, epoch: 1, [UInt8](repeating: 1, count: 23))),
        ("a ChangeCipherSpec with a far number", record(type: 20, sequence: 255, [1])),
        ("a ChangeCipherSpec with the last number", record(type: 20, sequence: .max, [1])),
        (
            "an empty message with a far number",
            record(type: 22, sequence: 70_000, fragment(type: 11, octets: 0, sequence: 15, part: 0..<0))
        ),
        ("an empty handshake record", record(type: 22, [])),
        ("a plaintext Finished", record(type: 22, fragment(type: 20, octets: 12, sequence: 1, part: 0..<12))),
        ("a HelloRequest", record(type: 22, fragment(type: 0, octets: 0, sequence: 0, part: 0..<0))),
        ("a message that is too long", record(type: 22, fragment(type: 11, octets: 70_000, sequence: 2, part: 0..<9))),
        ("a message far ahead", record(type: 22, fragment(type: 11, octets: 9, sequence: 900, part: 0..<9))),
        ("a part outside its message", record(type: 22, fragment(type: 11, octets: 4, sequence: 2, part: 2..<9))),
        ("an empty part", record(type: 22, fragment(type: 11, octets: 4, sequence: 2, part: 0..<0))),
        ("epoch 2", record(type: 22, epoch: 2, [UInt8](repeating: 1, count: 48))),
        ("an unknown type", record(type: 99, [1, 2, 3])),
        ("a DTLS 1.3 record", [0x2E, 0x12, 0x34, 0, 20] + [UInt8](repeating: 9, count: 20)),
        ("STUN", [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 3, count: 12)),
        ("a datagram that is too long", record(type: 22, [UInt8](repeating: 1, count: 4_090))),
    ]

    @Test(arguments: forgeries.indices)
    func noForgeryHarmsAHandshake(index: Int) throws {
        let pair = try HandshakePair()
        pair.afterStep = { [unowned pair] in
            pair.deliver(Self.forgeries[index].octets, to: .server)
            pair.deliver(Self.forgeries[index].octets, to: .client)
        }
        pair.afterStep()
        pair.run(until: .milliseconds(900))
        #expect(pair.haveMirroredKeys, "\(Self.forgeries[index].name)")
    }

    @Test func randomOctetsInEveryStateDoNoHarm() throws {
        var random = SeededGenerator(seed: 6_347)
        for _ in 0..<10 {
            let pair = try HandshakePair()
            pair.afterStep = { [unowned pair] in
                for _ in 0..<50 {
                    var octets = (0..<Int.random(in: 0..<120, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    // Half of them look like records.
                    if octets.count >= 13, Bool.random(using: &random) {
                        octets = Self.record(
                            type: .random(in: 19...24, using: &random), epoch: .random(in: 0...2, using: &random),
                            Array(octets.dropFirst(13)))
                    }
                    pair.deliver(octets, to: Bool.random(using: &random) ? .server : .client)
                }
            }
            pair.afterStep()
            pair.run(until: .milliseconds(900))
            #expect(pair.haveMirroredKeys)
        }
    }

    @Test(arguments: UInt64(0)..<40)
    func damagedHandshakesNeverTrapAndNeverEndWithKeysOfOneSide(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pair = try HandshakePair()
        pair.fate = { [unowned pair] _, transit in
            guard Int.random(in: 0..<3, using: &random) == 0 else { return .delivered }
            var damaged = transit.octets
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            if Bool.random(using: &random) { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
            pair.deliver(damaged, to: transit.to)
            return .delivered
        }
        pair.run()
        if pair.client.state.keys != nil, pair.server.state.keys != nil { #expect(pair.haveMirroredKeys) }
    }

    @Test func tenThousandForgedHellosDoNotDisturbAHandshake() throws {
        let pair = try HandshakePair()
        var random = SeededGenerator(seed: 1)
        pair.fate = { [unowned pair] number, _ in
            // After the genuine hello has been answered.
            guard number == 1 else { return .delivered }
            for _ in 0..<10_000 {
                let sequence = UInt16.random(in: 0..<3, using: &random)
                pair.deliver(
                    Self.record(type: 22, Self.fragment(type: 1, octets: 90, sequence: sequence, part: 0..<90)),
                    to: .server)
            }
            return .delivered
        }
        pair.run()
        #expect(pair.haveMirroredKeys)
        // The forged hellos came within the least time between two answers.
        #expect(pair.sent < 8)
    }

    @Test func anAlertInPlaintextIsBelievedWhenTheHandshakeDoesNotGoOn() throws {
        let pair = try HandshakePair()
        pair.fate = { _, transit in transit.to == .client ? .lost : .delivered }
        pair.run(until: .milliseconds(150))
        pair.deliver(Self.record(type: 21, [2, 40]), to: .server)
        pair.deliver(Self.record(type: 21, [2, 41]), to: .server)
        #expect(pair.server.state.failure == nil)
        pair.settle(until: .milliseconds(1_100))
        #expect(pair.server.state.failure == nil)
        pair.settle(until: .milliseconds(1_200))
        #expect(pair.server.state.failure == .peerAlert(40))
    }

    @Test func aWarningInPlaintextIsNotBelieved() throws {
        let pair = try HandshakePair()
        pair.fate = { _, transit in transit.to == .client ? .lost : .delivered }
        pair.run(until: .milliseconds(150))
        pair.deliver(Self.record(type: 21, [1, 100]), to: .server)
        pair.settle(until: .milliseconds(5_000))
        #expect(pair.server.state.failure == nil)
    }

    @Test func onlyAHelloWakesAServer() throws {
        let pair = try HandshakePair()
        for forgery in Self.forgeries where !forgery.octets.isEmpty { pair.deliver(forgery.octets, to: .server) }
        #expect(pair.server.drain().isEmpty)
        #expect(pair.server.dropped >= Self.forgeries.count - 1)
        #expect(pair.server.nextTimeout == MonotonicInstant.zero + DTLSTiming.default.handshakeLimit)
    }

    @Test func whatIsAHelloIsToldFromItsHeader() {
        let hello = Self.record(type: 22, Self.fragment(type: 1, octets: 50, sequence: 0, part: 10..<20))
        #expect(DTLSEndpoint.isClientHello(hello.span) == true)
        for count in hello.indices { #expect(DTLSEndpoint.isClientHello(hello.span.extracting(first: count)) == false) }
        for forgery in Self.forgeries { #expect(DTLSEndpoint.isClientHello(forgery.octets.span) == false) }
    }
}
