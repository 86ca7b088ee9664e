import Primitives
import SRTP
import Testing

struct GCMBatchTests {
    private func seal(
        _ run: inout GCMBatch, index: UInt64, header: [UInt8], payload: [UInt8], payloadCount: Int? = nil
    ) -> [UInt8]? {
        var packet = header + [UInt8](repeating: 0, count: payload.count + 16)
        let count = unsafe packet.withUnsafeMutableBufferPointer { packet in
            unsafe payload.withUnsafeBufferPointer { payload -> Int? in
                guard let room = packet.baseAddress, let source = payload.baseAddress else { return nil }
                return unsafe run.seal(
                    index: index, packet: room, payload: source, payloadCount: payloadCount ?? payload.count)
            }
        }
        return count.map { Array(packet[..<$0]) }
    }

    @Test func aRunSealsWhatTheEngineSeals() throws {
        let engine = try SealingEngine()
        guard let sealer = engine.gcm else { return }
        let key = try engine.makeKey(
            profile: .aeadAES128GCM, master: ProtectedPackets.masterKey(.aeadAES128GCM))
        var generator = SeededGenerator(seed: 4)
        let header = ProtectedPackets.octets(24, using: &generator)
        for indices in [
            [0, 1, 65_535, 65_536, 0xFFFF_FFFF], [0x1_0000_0000, 0x1_0000_0001], [0xFFFF_FFFF_0000, 0xFFFF_FFFF_FFFF],
        ] as [[UInt64]] {
            var run = try #require(
                GCMBatch(
                    sealer, key.reference, ssrc: 0x89AB_CDEF, headerCount: header.count, first: indices[0],
                    last: indices[indices.count - 1]))
            for index in indices {
                let payload = ProtectedPackets.octets(Int.random(in: 1...1_400, using: &generator), using: &generator)
                let expected = engine.sealed(key, index: index, ssrc: 0x89AB_CDEF, header: header, payload: payload)
                #expect(seal(&run, index: index, header: header, payload: payload) == expected)
            }
        }
    }

    @Test func whatTheEngineRefusesARunRefuses() throws {
        let engine = try SealingEngine()
        guard let sealer = engine.gcm else { return }
        func makesRun(
            _ profile: SRTPProfile, headerCount: Int = 12, first: UInt64 = 1, last: UInt64 = 1
        ) throws -> Bool {
            let key = try engine.makeKey(profile: profile, master: ProtectedPackets.masterKey(profile))
            return GCMBatch(sealer, key.reference, ssrc: 1, headerCount: headerCount, first: first, last: last) != nil
        }
        #expect(try makesRun(.aeadAES128GCM))
        #expect(try makesRun(.aeadAES128GCM, headerCount: GCMSealer.largestHeader))
        #expect(try !makesRun(.aeadAES128GCM, headerCount: GCMSealer.largestHeader + 1))
        let highest = SRTPLimits.maximumRTPIndex
        #expect(try makesRun(.aeadAES128GCM, first: highest, last: highest))
        #expect(try !makesRun(.aeadAES128GCM, first: highest + 1, last: highest + 1))
        // The half of the vector that all packets share.
        #expect(try !makesRun(.aeadAES128GCM, first: 0xFFFF_FFFF, last: 0x1_0000_0000))
        // The other profile takes its own way.
        #expect(try !makesRun(.aes128CMHMACSHA1_80))
    }

    @Test func whatARunTakesFitsIntoAPacket() {
        #expect(
            GCMSealer.largestPayload + GCMSealer.largestHeader + SRTPProfile.aeadAES128GCM.rtpOverhead
                <= SRTPLimits.maximumPacketOctets)
    }
}
