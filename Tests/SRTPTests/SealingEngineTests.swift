import Foundation
import Primitives
import SRTP
import Testing

struct SealingEngineTests {
    /// A profile with an implementation that runs here.
    struct Variant: Sendable, CustomTestStringConvertible {
        var implementation: SealingEngine.Implementation
        var profile: SRTPProfile
        var testDescription: String { "\(implementation.rawValue), \(profile)" }

        static let all = SealingEngine.Implementation.allCases.filter {
            (try? SealingEngine(implementation: $0)) != nil
        }
        .flatMap { implementation in SRTPProfile.allCases.map { Variant(implementation: implementation, profile: $0) } }

        func engine() throws -> (SealingEngine, SealingKey, SRTPMasterKey) {
            let engine = try SealingEngine(implementation: implementation)
            let master = ProtectedPackets.masterKey(profile)
            return (engine, try engine.makeKey(profile: profile, master: master), master)
        }
    }

    @Test func theFastestThatRunsIsTaken() throws {
        let engine = try SealingEngine()
        // libipsec-mb runs on x86-64 only, and there on processors with AES instructions.
        var runsMultiBuffer = false
        #if arch(x86_64)
            runsMultiBuffer = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).contains(" aes ")
        #endif
        if runsMultiBuffer {
            #expect(engine.implementation == .ipsecMB && engine.name.hasPrefix("libipsec-mb ("))
        } else {
            #expect(engine.implementation == .openSSL)
            #expect(throws: SRTPError.unavailable(.ipsecMB)) { try SealingEngine(implementation: .ipsecMB) }
        }
        #expect(try SealingEngine(implementation: .openSSL).name == "OpenSSL")
    }

    @Test(arguments: SealingEngine.Implementation.allCases)
    func packetsAreThoseOfTheRFCs(implementation: SealingEngine.Implementation) throws {
        guard let engine = try? SealingEngine(implementation: implementation) else { return }
        var checked = 0
        for (vector, profile, master) in try PacketVector.all() {
            guard let plain = try vector.rtp() else { continue }
            let key = try engine.makeKey(profile: profile, master: master)
            let sealed = engine.sealed(
                key, index: plain.index, ssrc: plain.ssrc, header: plain.header, payload: plain.payload)
            #expect(sealed?.hexadecimal == vector.srtp, "\(vector.id)")
            checked += 1
        }
        #expect(checked == 11)
    }

    @Test(arguments: SealingEngine.Implementation.allCases)
    func sessionKeysOfTheRFCsGiveTheirCiphertexts(implementation: SealingEngine.Implementation) throws {
        guard let engine = try? SealingEngine(implementation: implementation) else { return }
        let aead = try #require(try RFC7714Vectors.read().vectors.first { $0.id == "srtp-128-enc" })
        let packet = try #require([UInt8](hexadecimal: aead.plain))
        let key = try engine.makeKey(
            SessionKeys(
                profile: .aeadAES128GCM, encryptionKey: try #require([UInt8](hexadecimal: aead.key)),
                authenticationKey: [], salt: try #require([UInt8](hexadecimal: aead.salt))))
        let sealed = engine.sealed(
            key, index: UInt64(try packet.span.uint16(at: 2)), ssrc: try packet.span.uint32(at: 8),
            header: Array(packet.prefix(12)), payload: Array(packet.dropFirst(12)))
        #expect(sealed?.hexadecimal == aead.protected)

        // RFC 3711 appendix B.2: the key stream is what zeros encrypt to.
        let counterMode = try RFC3711Vectors.read().B2_aes_cm
        let counterModeKey = try engine.makeKey(
            SessionKeys(
                profile: .aes128CMHMACSHA1_80,
                encryptionKey: try #require([UInt8](hexadecimal: counterMode.session_key)),
                authenticationKey: [UInt8](repeating: 0, count: 20),
                salt: try #require([UInt8](hexadecimal: counterMode.session_salt))))
        let header = [0x80] + [UInt8](repeating: 0, count: 11)
        let stream = try #require(
            engine.sealed(
                counterModeKey, index: 0, ssrc: 0, header: header, payload: [UInt8](repeating: 0, count: 48)))
        for block in 0..<3 {
            let counter = counterMode.session_salt + "000\(block)"
            #expect(
                Array(stream[(12 + 16 * block)..<(28 + 16 * block)]).hexadecimal
                    == counterMode.counter_to_keystream[counter])
        }
    }

    /// 4,000 packets that cross two wraps of the sequence: ours is libsrtp2's bit for bit, and opens there.
    @Test(arguments: Variant.all) func agreesWithLibSRTPOverRollOvers(variant: Variant) throws {
        let (engine, key, master) = try variant.engine()
        let overhead = variant.profile.rtpOverhead
        let sender = try SRTPProtector(profile: variant.profile, key: master)
        let receiver = try LibSRTPReceiver(profile: variant.profile, key: master)
        var generator = SeededGenerator(seed: 11)
        let ssrcs: [UInt32] = [1, 0xDEAD_BEEF, .max]
        var indices: [UInt64] = [0, 65_000, 30_000]
        for _ in 0..<4_000 {
            let stream = Int.random(in: 0..<3, using: &generator)
            indices[stream] += UInt64.random(in: 1...(Bool.random(using: &generator) ? 1 : 250), using: &generator)
            let sequence = UInt16(truncatingIfNeeded: indices[stream])
            let (header, payload) = ProtectedPackets.random(
                ssrc: ssrcs[stream], sequence: sequence, using: &generator)
            let sealed = try #require(
                engine.sealed(key, index: indices[stream], ssrc: ssrcs[stream], header: header, payload: payload))
            try #require(sealed.count == header.count + payload.count + overhead)
            try #require(sealed == sender.protectedRTP(header + payload, overhead: overhead))
            try #require(receiver.openRTP(sealed) == .packet(header + payload))
            try #require(receiver.openRTP(sealed) == .dropped(.replayed))
        }
        #expect(indices.allSatisfy { $0 > 0x1_0000 })
        #expect(engine.failures == 0)
    }

    /// A burst as a worker makes it: payloads shared by many keys, all in flight at once, sealed from apart and in place.
    @Test(arguments: SealingEngine.Implementation.allCases)
    func packetsOfManyKeysAreCompleteAfterTheFlush(implementation: SealingEngine.Implementation) throws {
        guard let engine = try? SealingEngine(implementation: implementation) else { return }
        var generator = SeededGenerator(seed: 5)
        let stride = SRTPLimits.maximumPacketOctets
        let slots = 700
        // More packets than the library has places for, so that some complete before the flush.
        let slab = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: slots * stride)
        defer { unsafe slab.deallocate() }
        let slabBase = try unsafe #require(slab.baseAddress)
        let payloads = (0..<7).map { _ in
            ProtectedPackets.octets(.random(in: 0...1_200, using: &generator), using: &generator)
        }
        let shared = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: payloads.count * stride)
        defer { unsafe shared.deallocate() }
        let sharedBase = try unsafe #require(shared.baseAddress)
        for (position, payload) in payloads.enumerated() {
            for (offset, octet) in payload.enumerated() { unsafe shared[position * stride + offset] = octet }
        }
        let peers = try (0..<100).map { peer in
            let profile = SRTPProfile.allCases[peer % 2]
            let master = ProtectedPackets.masterKey(profile, seed: UInt64(peer))
            return (
                key: try engine.makeKey(profile: profile, master: master),
                receiver: try LibSRTPReceiver(profile: profile, key: master)
            )
        }
        var headers: [[UInt8]] = []
        var counts: [Int] = []
        for slot in 0..<slots {
            let index = UInt64(40_000 + slot / 100)
            let header = ProtectedPackets.header(
                ssrc: 77, sequence: UInt16(index), extensionWords: slot % 3, using: &generator)
            headers.append(header)
            let packet = unsafe slabBase + slot * stride
            for (offset, octet) in header.enumerated() { unsafe packet[offset] = octet }
            let payload = payloads[slot / 100]
            let source = unsafe sharedBase + slot / 100 * stride
            let inPlace = slot % 5 == 0
            if inPlace { unsafe (packet + header.count).update(from: source, count: payload.count) }
            let place = unsafe packet + header.count
            let count = unsafe engine.seal(
                peers[slot % 100].key.reference, index: index, ssrc: 77, packet: packet, headerCount: header.count,
                payload: inPlace ? UnsafePointer(place) : UnsafePointer(source), payloadCount: payload.count)
            counts.append(try #require(count))
        }
        engine.flush()
        for slot in 0..<slots {
            let sealed = (0..<counts[slot]).map { unsafe slab[slot * stride + $0] }
            try #require(peers[slot % 100].receiver.openRTP(sealed) == .packet(headers[slot] + payloads[slot / 100]))
        }
        #expect(engine.failures == 0)
        withExtendedLifetime(peers) {}
    }

    @Test(arguments: Variant.all) func whatExceedsTheLimitsIsNotSealed(variant: Variant) throws {
        let (engine, key, _) = try variant.engine()
        let largest = SRTPLimits.maximumPacketOctets - variant.profile.rtpOverhead - 12
        let header = [0x80] + [UInt8](repeating: 0, count: 11)
        func seal(_ header: [UInt8], _ payloadCount: Int, index: UInt64 = 0) -> Int? {
            engine.sealed(
                key, index: index, ssrc: 0, header: header, payload: [UInt8](repeating: 0, count: payloadCount))?.count
        }
        #expect(seal(header, largest) == SRTPLimits.maximumPacketOctets)
        #expect(seal(header, largest + 1) == nil)
        #expect(seal(Array(header.dropLast()), 100) == nil)
        #expect(seal(header, 0) == 12 + variant.profile.rtpOverhead)
        #expect(seal(header, 1, index: SRTPLimits.maximumRTPIndex) != nil)
        #expect(seal(header, 1, index: SRTPLimits.maximumRTPIndex + 1) == nil)
    }

    /// Indices that libsrtp2 cannot be brought to: both implementations and the receiver agree there.
    @Test(arguments: SRTPProfile.allCases) func implementationsAgreeAtHighRollOverCounters(profile: SRTPProfile) throws
    {
        let master = ProtectedPackets.masterKey(profile)
        var outcomes: [[[UInt8]?]] = []
        for implementation in SealingEngine.Implementation.allCases {
            guard let engine = try? SealingEngine(implementation: implementation) else { continue }
            let key = try engine.makeKey(profile: profile, master: master)
            var generator = SeededGenerator(seed: 22)
            outcomes.append(
                (0..<300).map { _ in
                    let index = UInt64.random(in: 0...SRTPLimits.maximumRTPIndex, using: &generator)
                    let (header, payload) = ProtectedPackets.random(
                        ssrc: 9, sequence: UInt16(truncatingIfNeeded: index), maximumPayload: 200, using: &generator)
                    return engine.sealed(key, index: index, ssrc: 9, header: header, payload: payload)
                })
        }
        let first = try #require(outcomes.first)
        #expect(first.allSatisfy { $0 != nil })
        #expect(outcomes.allSatisfy { $0 == first })
    }
}
