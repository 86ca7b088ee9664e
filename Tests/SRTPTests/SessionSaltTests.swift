import Primitives
import SRTP
import TestSupport
import Testing

struct SessionSaltTests {
    @Test func aeadVectorsAreThoseOfRFC7714() throws {
        for vector in try RFC7714Vectors.read().vectors
        where vector.id.hasPrefix("srtp-") || vector.id.hasPrefix("srtcp-") {
            let salt = SessionSalt(profile: .aeadAES128GCM, octets: try #require([UInt8](hexadecimal: vector.salt)))
            let packet = try #require([UInt8](hexadecimal: vector.plain))
            let made =
                vector.id.hasPrefix("srtcp-")
                ? salt.initializationVector(ssrc: try packet.span.uint32(at: 4), index: 0x5D4)
                : salt.initializationVector(
                    ssrc: try packet.span.uint32(at: 8), index: UInt64(try packet.span.uint16(at: 2)))
            #expect(octets(made).prefix(12).map { $0 }.hexadecimal == vector.iv, "\(vector.id)")
        }
    }

    @Test func counterModePutsTheIndexAboveTheBlockCounter() {
        let salt = SessionSalt(profile: .aes128CMHMACSHA1_80, octets: [UInt8](repeating: 0, count: 14))
        let vector = salt.initializationVector(ssrc: 0x0102_0304, index: 0x0A0B_0C0D_0E0F)
        #expect(octets(vector).hexadecimal == "00000000010203040a0b0c0d0e0f0000")
        let aead = SessionSalt(profile: .aeadAES128GCM, octets: [UInt8](repeating: 0, count: 12))
            .initializationVector(ssrc: 0x0102_0304, index: 0x0A0B_0C0D_0E0F)
        #expect(octets(aead).prefix(12).map { $0 }.hexadecimal == "0000010203040a0b0c0d0e0f")
    }

    /// The vector's relevant bits give SSRC and index back, so two pairs cannot share a vector.
    @Test(arguments: SRTPProfile.allCases) func everySSRCAndIndexHasAVectorOfItsOwn(profile: SRTPProfile) {
        var generator = SeededGenerator(seed: 7)
        let salt = SessionSalt(
            profile: profile, octets: ProtectedPackets.octets(profile.saltOctets, using: &generator))
        let base = salt.initializationVector(ssrc: 0, index: 0)
        // Every single bit of both fields, and random pairs.
        var pairs: [(ssrc: UInt32, index: UInt64)] = [(0, 0)]
        pairs += (0..<32).map { (1 << $0, 0) }
        pairs += (0..<48).map { (0, 1 << $0) }
        pairs += (0..<5_000).map { _ in
            (.random(in: 0 ... .max, using: &generator), .random(in: 0...0xFFFF_FFFF_FFFF, using: &generator))
        }
        var seen: Set<InitializationVector> = []
        for pair in pairs {
            let vector = salt.initializationVector(ssrc: pair.ssrc, index: pair.index)
            #expect(seen.insert(vector).inserted)
            let high = vector.high ^ base.high
            let low = vector.low ^ base.low
            switch profile {
            case .aes128CMHMACSHA1_80:
                #expect(high == UInt64(pair.ssrc) && low == pair.index << 16)
            case .aeadAES128GCM:
                #expect(high >> 16 == UInt64(pair.ssrc))
                #expect((high & 0xFFFF) << 32 | low >> 32 == pair.index)
            }
        }
    }

    private func octets(_ vector: InitializationVector) -> [UInt8] {
        var octets: [UInt8] = []
        octets.append(bigEndian: vector.high)
        octets.append(bigEndian: vector.low)
        return octets
    }
}
