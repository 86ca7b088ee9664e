import Primitives
import SRTP
import Testing

struct GCMRunTests {
    private func seal(
        _ run: inout GCMRun, index: UInt64, header: [UInt8], payload: [UInt8], payloadCount: Int? = nil
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
        guard engine.implementation == .ipsecMB else { return }
        let key = try engine.makeKey(
            profile: .aeadAES128GCM, master: ProtectedPackets.masterKey(.aeadAES128GCM))
        var generator = SeededGenerator(seed: 4)
        let header = ProtectedPackets.octets(24, using: &generator)
        for indices in [
            [0, 1, 65_535, 65_536, 0xFFFF_FFFF], [0x1_0000_0000, 0x1_0000_0001], [0xFFFF_FFFF_0000, 0xFFFF_FFFF_FFFF],
        ] as [[UInt64]] {
            var run = try #require(
                engine.gcmRun(
                    key.reference, ssrc: 0x89AB_CDEF, headerCount: header.count, largestPayload: 1_400,
                    indices: indices[0]...indices[indices.count - 1]))
            for index in indices {
                let payload = ProtectedPackets.octets(Int.random(in: 1...1_400, using: &generator), using: &generator)
                let expected = engine.sealed(key, index: index, ssrc: 0x89AB_CDEF, header: header, payload: payload)
                #expect(seal(&run, index: index, header: header, payload: payload) == expected)
            }
        }
    }

    @Test func whatTheEngineRefusesARunRefuses() throws {
        let engine = try SealingEngine()
        guard engine.implementation == .ipsecMB else { return }
        let key = try engine.makeKey(
            profile: .aeadAES128GCM, master: ProtectedPackets.masterKey(.aeadAES128GCM))
        func run(_ key: SealingKey, headerCount: Int = 12, largestPayload: Int = 10, indices: ClosedRange<UInt64> = 1...1)
            -> GCMRun?
        {
            engine.gcmRun(
                key.reference, ssrc: 1, headerCount: headerCount, largestPayload: largestPayload, indices: indices)
        }
        let largest = SRTPLimits.maximumPacketOctets - 12 - 16
        #expect(run(key, indices: SRTPLimits.maximumRTPIndex...SRTPLimits.maximumRTPIndex) != nil)
        #expect(run(key, indices: SRTPLimits.maximumRTPIndex...(SRTPLimits.maximumRTPIndex + 1)) == nil)
        // The half of the vector that all packets share.
        #expect(run(key, indices: 0xFFFF_FFFF...0x1_0000_0000) == nil)
        #expect(run(key, largestPayload: largest) != nil)
        #expect(run(key, largestPayload: largest + 1) == nil)
        #expect(run(key, largestPayload: Int.max) == nil)
        #expect(run(key, headerCount: 11) == nil)
        #expect(run(key, headerCount: Int.max) == nil)
        // The other profile takes its own way.
        let other = try engine.makeKey(
            profile: .aes128CMHMACSHA1_80, master: ProtectedPackets.masterKey(.aes128CMHMACSHA1_80))
        #expect(run(other) == nil)
    }
}
