import Primitives
import SRTP
import Testing

struct SRTCPProtectorTests {
    @Test func packetsAreThoseOfTheVectors() throws {
        var senders: [[UInt8]: SRTCPProtector] = [:]
        var checked = 0
        for (vector, profile, master) in try PacketVector.all() {
            guard let plain = [UInt8](hexadecimal: vector.plain_rtcp ?? "-") else { continue }
            // The indices of the file count up from 1.
            let sender = try senders[master.key] ?? SRTCPProtector(profile: profile, key: master)
            senders[master.key] = sender
            #expect(
                sender.protected(plain, overhead: profile.rtcpOverhead)?.hexadecimal == vector.srtcp, "\(vector.id)")
            checked += 1
        }
        #expect(checked == 5)
    }

    @Test(arguments: SRTPProfile.allCases) func agreesWithLibSRTPBothWays(profile: SRTPProfile) throws {
        let master = ProtectedPackets.masterKey(profile)
        let sender = try SRTCPProtector(profile: profile, key: master)
        let onOpenSSL = try SRTCPProtector(profile: profile, key: master, implementation: .openSSL)
        let oracle = try SRTPProtector(profile: profile, key: master)
        let receivers: [any Unprotecting] = [
            try SRTPReceiver(profile: profile, key: master),
            try SRTPReceiver(profile: profile, key: master, implementation: .openSSL),
            try LibSRTPReceiver(profile: profile, key: master),
        ]
        var generator = SeededGenerator(seed: 61)
        for _ in 0..<1_000 {
            let count = 4 * Int.random(in: 2...300, using: &generator)
            let plain = ProtectedPackets.rtcp(ssrc: 4, octets: count, using: &generator)
            let protected = try #require(sender.protected(plain, overhead: profile.rtcpOverhead))
            try #require(protected.count == count + profile.rtcpOverhead)
            try #require(protected == oracle.protectedRTCP(plain, overhead: profile.rtcpOverhead))
            try #require(protected == onOpenSSL.protected(plain, overhead: profile.rtcpOverhead))
            for receiver in receivers {
                try #require(receiver.openRTCP(protected) == .packet(plain))
                try #require(receiver.openRTCP(protected) == .dropped(.replayed))
            }
        }
        // One count for all SSRCs: the receivers take another SSRC's numbers too.
        let other = ProtectedPackets.rtcp(ssrc: 5, using: &generator)
        let protected = try #require(sender.protected(other, overhead: profile.rtcpOverhead))
        for receiver in receivers { #expect(receiver.openRTCP(protected) == .packet(other)) }
    }

    @Test(arguments: SRTPProfile.allCases, [nil, .openSSL] as [SealingEngine.Implementation?])
    func noFlippedBitAndNoTruncationIsAccepted(
        profile: SRTPProfile, implementation: SealingEngine.Implementation?
    ) throws {
        let master = ProtectedPackets.masterKey(profile)
        let sender = try SRTCPProtector(profile: profile, key: master)
        let receiver = try SRTPReceiver(profile: profile, key: master, implementation: implementation)
        var generator = SeededGenerator(seed: 71)
        let plain = ProtectedPackets.rtcp(ssrc: 6, octets: 40, using: &generator)
        let packet = try #require(sender.protected(plain, overhead: profile.rtcpOverhead))
        for bit in 0..<(packet.count * 8) {
            var damaged = packet
            damaged[bit / 8] ^= 1 << (bit % 8)
            if case .packet = receiver.openRTCP(damaged) { Issue.record("bit \(bit) went unnoticed") }
        }
        // Without the E bit: not encrypted, which WebRTC never is.
        var clear = packet
        clear[profile == .aeadAES128GCM ? packet.count - 4 : packet.count - 14] &= 0x7F
        #expect(receiver.openRTCP(clear) == .dropped(.malformed))
        for count in 0..<packet.count {
            if case .packet = receiver.openRTCP(Array(packet.prefix(count))) { Issue.record("\(count) octets opened") }
        }
        #expect(receiver.openRTCP(packet) == .packet(plain))
    }

    @Test(arguments: SRTPProfile.allCases) func withoutRoomNothingIsSent(profile: SRTPProfile) throws {
        let sender = try SRTCPProtector(profile: profile, key: ProtectedPackets.masterKey(profile))
        var generator = SeededGenerator(seed: 81)
        let plain = ProtectedPackets.rtcp(ssrc: 6, octets: 40, using: &generator)
        #expect(sender.protected(plain, overhead: profile.rtcpOverhead - 1) == nil)
        #expect(sender.protected(Array(plain.prefix(7)), overhead: profile.rtcpOverhead) == nil)
        let largest = SRTPLimits.maximumPacketOctets - profile.rtcpOverhead
        let long = [UInt8](repeating: 0x80, count: largest)
        #expect(sender.protected(long, overhead: profile.rtcpOverhead)?.count == SRTPLimits.maximumPacketOctets)
        #expect(sender.protected(long + [0], overhead: profile.rtcpOverhead) == nil)
    }
}
