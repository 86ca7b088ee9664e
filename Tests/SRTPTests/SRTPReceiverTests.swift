import Primitives
import SRTP
import Testing

struct SRTPReceiverTests {
    @Test func packetsOfTheRFCsOpen() throws {
        var receivers: [[UInt8]: (ours: SRTPReceiver, theirs: LibSRTPReceiver)] = [:]
        var checked = 0
        // In the order of the files: the roll-over counter follows from the packets before.
        for (vector, profile, master) in try PacketVector.all() {
            let receiver =
                try receivers[master.key]
                ?? (SRTPReceiver(profile: profile, key: master), LibSRTPReceiver(profile: profile, key: master))
            receivers[master.key] = receiver
            if let plain = vector.plain_rtp, let protected = [UInt8](hexadecimal: vector.srtp ?? "") {
                let expected = Opened.packet(try #require([UInt8](hexadecimal: plain)))
                #expect(receiver.ours.openRTP(protected) == expected, "\(vector.id)")
                #expect(receiver.theirs.openRTP(protected) == expected, "\(vector.id)")
                checked += 1
            }
            if let plain = vector.plain_rtcp, let protected = [UInt8](hexadecimal: vector.srtcp ?? "") {
                let expected = Opened.packet(try #require([UInt8](hexadecimal: plain)))
                #expect(receiver.ours.openRTCP(protected) == expected, "\(vector.id)")
                #expect(receiver.theirs.openRTCP(protected) == expected, "\(vector.id)")
                checked += 1
            }
        }
        #expect(checked == 16)
    }

    /// Loss, reordering within and beyond the window, replays, damage and leaps, over wraps of the sequence: every
    /// outcome is libsrtp2's.
    @Test(arguments: SRTPProfile.allCases, [1, 2, 3] as [UInt64])
    func agreesWithLibSRTPOnADisturbedPath(profile: SRTPProfile, seed: UInt64) throws {
        let master = ProtectedPackets.masterKey(profile)
        let ours = try SRTPReceiver(profile: profile, key: master)
        let onOpenSSL = try SRTPReceiver(profile: profile, key: master, implementation: .openSSL)
        let theirs = try LibSRTPReceiver(profile: profile, key: master)
        let engine = try SealingEngine()
        let key = try engine.makeKey(profile: profile, master: master)
        var generator = SeededGenerator(seed: seed)
        var newest: [UInt32: UInt64] = [0x1000: 100, 0x2000: 65_000, 0x3000: 32_000]
        var sent: [[UInt8]] = []
        var accepted = 0
        var replayed = 0
        for _ in 0..<4_000 {
            var packet: [UInt8]
            if let old = sent.randomElement(using: &generator), Int.random(in: 0..<5, using: &generator) == 0 {
                packet = old
            } else {
                let ssrc: UInt32 = [0x1000, 0x2000, 0x3000].randomElement(using: &generator) ?? 0x1000
                let step: ClosedRange<Int64> =
                    switch Int.random(in: 0..<40, using: &generator) {
                    case 0: 1...30_000
                    case 1: -1_500 ... -900
                    case 2..<8: -60...60
                    default: 1...1
                    }
                let current = newest[ssrc] ?? 0
                let index = UInt64(max(0, Int64(current) + .random(in: step, using: &generator)))
                newest[ssrc] = max(current, index)
                let (header, payload) = ProtectedPackets.random(
                    ssrc: ssrc, sequence: UInt16(truncatingIfNeeded: index), maximumPayload: 60, using: &generator)
                packet = try #require(engine.sealed(key, index: index, ssrc: ssrc, header: header, payload: payload))
                sent.append(packet)
            }
            if Int.random(in: 0..<20, using: &generator) == 0 {
                packet[.random(in: 4..<packet.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0...7, using: &generator)
            }
            let mine = ours.openRTP(packet)
            try #require(mine == theirs.openRTP(packet))
            try #require(mine == onOpenSSL.openRTP(packet))
            if case .packet = mine { accepted += 1 }
            if mine == .dropped(.replayed) { replayed += 1 }
        }
        #expect(accepted > 2_500 && replayed > 300)
        #expect(newest.values.allSatisfy { $0 > 0x1_0000 })
    }

    @Test(arguments: SRTPProfile.allCases) func nothingIsAcceptedTwice(profile: SRTPProfile) throws {
        let (receiver, packets) = try sealedPackets(profile, count: 1_500)
        for packet in packets { #expect(receiver.openRTP(packet) != .dropped(.replayed)) }
        for packet in packets { #expect(receiver.openRTP(packet) == .dropped(.replayed)) }
    }

    @Test(arguments: SRTPProfile.allCases, [nil, .openSSL] as [SealingEngine.Implementation?])
    func noFlippedBitIsAccepted(profile: SRTPProfile, implementation: SealingEngine.Implementation?) throws {
        let (receiver, packets) = try sealedPackets(profile, count: 1, implementation: implementation)
        let packet = try #require(packets.first)
        for bit in 0..<(packet.count * 8) {
            var damaged = packet
            damaged[bit / 8] ^= 1 << (bit % 8)
            if case .packet = receiver.openRTP(damaged) { Issue.record("bit \(bit) went unnoticed") }
        }
        #expect(receiver.rtpStreamCount == 0)
        #expect(receiver.openRTP(packet) != .dropped(.authenticationFailed))
        #expect(receiver.rtpStreamCount == 1)
    }

    @Test(arguments: SRTPProfile.allCases) func noTruncationAndNoGarbageIsAccepted(profile: SRTPProfile) throws {
        let (receiver, packets) = try sealedPackets(profile, count: 1)
        let packet = try #require(packets.first)
        for count in 0..<packet.count {
            if case .packet = receiver.openRTP(Array(packet.prefix(count))) { Issue.record("\(count) octets opened") }
            if case .packet = receiver.openRTCP(Array(packet.prefix(count))) { Issue.record("\(count) octets opened") }
        }
        var generator = SeededGenerator(seed: 31)
        for count in 0..<2_100 {
            var garbage = ProtectedPackets.octets(count, using: &generator)
            if count > 0, Bool.random(using: &generator) { garbage[0] = 0x80 | garbage[0] & 0x3F }
            if case .packet = receiver.openRTP(garbage) { Issue.record("garbage opened") }
            if case .packet = receiver.openRTCP(garbage) { Issue.record("garbage opened") }
        }
        #expect(receiver.openRTP([UInt8](repeating: 0x80, count: 2_049)) == .dropped(.malformed))
        #expect(receiver.openRTP(packet) != .dropped(.authenticationFailed))
    }

    /// RFC 3711 section 3.3.1 lets a receiver guess: nothing of the SSRC was authentic before.
    @Test(arguments: SRTPProfile.allCases, [nil, .openSSL] as [SealingEngine.Implementation?])
    func aSourceThatIsFirstHeardAfterItsWrapOpens(
        profile: SRTPProfile, implementation: SealingEngine.Implementation?
    ) throws {
        let master = ProtectedPackets.masterKey(profile)
        let engine = try SealingEngine()
        let key = try engine.makeKey(profile: profile, master: master)
        var generator = SeededGenerator(seed: 24)
        func sealed(_ index: UInt64) throws -> ([UInt8], Opened) {
            let (header, payload) = ProtectedPackets.random(
                ssrc: 7, sequence: UInt16(truncatingIfNeeded: index), using: &generator)
            let packet = engine.sealed(key, index: index, ssrc: 7, header: header, payload: payload)
            return (try #require(packet), .packet(header + payload))
        }
        for first in [65_536, 65_541, 65_536 + 0x7FFF] as [UInt64] {
            let receiver = try SRTPReceiver(profile: profile, key: master, implementation: implementation)
            // The later packet first, one from before the wrap after it, and on.
            for index in [first, first + 1, 65_535 - (65_536 - min(first, 65_536)), first + 70_000 % 0x7000] {
                let (packet, clear) = try sealed(index)
                if first - min(first, index) < UInt64(SRTPLimits.replayWindowPackets) {
                    #expect(receiver.openRTP(packet) == clear, "\(index) after \(first)")
                    #expect(receiver.openRTP(packet) == .dropped(.replayed))
                }
            }
        }
        // Two cycles, or the upper half after one, is no start that a few lost packets explain.
        for index in [2 * 65_536 + 5, 65_536 + 0x8000] as [UInt64] {
            let receiver = try SRTPReceiver(profile: profile, key: master, implementation: implementation)
            #expect(receiver.openRTP(try sealed(index).0) == .dropped(.authenticationFailed))
            #expect(receiver.rtpStreamCount == 0)
        }
        // Once something was authentic the counter is known.
        let receiver = try SRTPReceiver(profile: profile, key: master, implementation: implementation)
        let (packet, clear) = try sealed(100)
        #expect(receiver.openRTP(packet) == clear)
        #expect(receiver.openRTP(try sealed(65_536 + 101).0) == .dropped(.authenticationFailed))
    }

    @Test(arguments: SRTPProfile.allCases, [nil, .openSSL] as [SealingEngine.Implementation?])
    func onlyAnAuthenticPacketThatIsNewerThanAllIsFresh(
        profile: SRTPProfile, implementation: SealingEngine.Implementation?
    ) throws {
        let (receiver, packets) = try sealedPackets(profile, count: 40, implementation: implementation)
        func isFresh(_ packet: [UInt8]) -> Bool {
            var copy = packet
            let outcome = unsafe copy.withUnsafeMutableBytes { unsafe receiver.isAuthenticAndNewRTP($0) }
            #expect(copy == packet, "a trial changes nothing")
            return outcome
        }
        #expect(!isFresh(packets[0]), "nothing of the SSRC is known")
        #expect(receiver.openRTP(packets[0]) != .dropped(.authenticationFailed))
        #expect(!isFresh(packets[0]))
        #expect(isFresh(packets[20]) && isFresh(packets[20]))
        #expect(receiver.openRTP(packets[20]) != .dropped(.replayed), "a trial is not remembered")
        #expect(!isFresh(packets[19]) && !isFresh(packets[20]) && isFresh(packets[21]))
        for bit in 0..<packets[30].count * 8 where !(16..<32).contains(bit) {
            var damaged = packets[30]
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(!isFresh(damaged))
        }
        for count in packets[30].indices { #expect(!isFresh(Array(packets[30].prefix(count)))) }
    }

    @Test(arguments: SRTPProfile.allCases) func freshRTCPIsToldFromOld(profile: SRTPProfile) throws {
        let master = ProtectedPackets.masterKey(profile)
        let sender = try SRTCPProtector(profile: profile, key: master)
        let receiver = try SRTPReceiver(profile: profile, key: master)
        var generator = SeededGenerator(seed: 26)
        let packets = (0..<4).compactMap { _ in
            sender.protected(
                ProtectedPackets.rtcp(ssrc: 1, using: &generator), overhead: profile.rtcpOverhead)
        }
        try #require(packets.count == 4)
        func isFresh(_ packet: [UInt8]) -> Bool {
            var copy = packet
            let outcome = unsafe copy.withUnsafeMutableBytes { unsafe receiver.isAuthenticAndNewRTCP($0) }
            #expect(copy == packet)
            return outcome
        }
        #expect(!isFresh(packets[1]))
        #expect(receiver.openRTCP(packets[1]) != .dropped(.authenticationFailed))
        #expect(packets.map(isFresh) == [false, false, true, true])
        for count in packets[3].indices { #expect(!isFresh(Array(packets[3].prefix(count)))) }
        for bit in 0..<packets[3].count * 8 {
            var damaged = packets[3]
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(!isFresh(damaged))
        }
    }

    @Test(arguments: SRTPProfile.allCases) func theOldestStreamMakesRoomForANewOne(profile: SRTPProfile) throws {
        let master = ProtectedPackets.masterKey(profile)
        let receiver = try SRTPReceiver(profile: profile, key: master)
        let engine = try SealingEngine()
        let key = try engine.makeKey(profile: profile, master: master)
        var generator = SeededGenerator(seed: 41)
        func packet(_ ssrc: UInt32, _ sequence: UInt16) throws -> [UInt8] {
            let header = ProtectedPackets.header(ssrc: ssrc, sequence: sequence, using: &generator)
            return try #require(
                engine.sealed(key, index: UInt64(sequence), ssrc: ssrc, header: header, payload: [1, 2, 3]))
        }
        func opens(_ packet: [UInt8]) -> Bool { receiver.openRTP(packet) != .dropped(.replayed) }
        let limit = UInt32(SRTPLimits.maximumStreams)
        let first = try (0..<limit).map { try packet($0, 1) }
        for packet in first { #expect(opens(packet)) }
        // SSRC 0 speaks again, so SSRC 1 is the one that was silent for longest.
        #expect(opens(try packet(0, 2)))
        #expect(opens(try packet(limit, 1)))
        #expect(receiver.rtpStreamCount == SRTPLimits.maximumStreams)
        #expect(!opens(first[0]) && !opens(first[2]) && !opens(first[3]))
    }

    @Test(arguments: SRTPProfile.allCases) func whatGaveWayIsNotAcceptedTwice(profile: SRTPProfile) throws {
        let master = ProtectedPackets.masterKey(profile)
        let receiver = try SRTPReceiver(profile: profile, key: master)
        let engine = try SealingEngine()
        let key = try engine.makeKey(profile: profile, master: master)
        var generator = SeededGenerator(seed: 42)
        func packet(_ ssrc: UInt32, _ index: UInt64) throws -> [UInt8] {
            let header = ProtectedPackets.header(
                ssrc: ssrc, sequence: UInt16(truncatingIfNeeded: index), using: &generator)
            return try #require(engine.sealed(key, index: index, ssrc: ssrc, header: header, payload: [1, 2, 3]))
        }
        func isAccepted(_ packet: [UInt8]) -> Bool {
            if case .packet = receiver.openRTP(packet) { true } else { false }
        }
        // A roll-over counter of 1, which must survive, too.
        let old = try [60_000, 65_000, 65_535, 65_540, 65_600].map { try packet(7, $0) }
        let late = try packet(7, 65_590)
        for packet in old { #expect(isAccepted(packet)) }
        for ssrc in 100..<UInt32(100 + SRTPLimits.maximumStreams) { #expect(isAccepted(try packet(ssrc, 1))) }
        for packet in old { #expect(receiver.openRTP(packet) == .dropped(.replayed)) }
        #expect(receiver.openRTP(late) == .dropped(.replayed), "nobody can tell any more")
        // It goes on where it was, and its window is whole again.
        for index in [65_610, 65_605] as [UInt64] { #expect(isAccepted(try packet(7, index))) }
        for packet in old { #expect(receiver.openRTP(packet) == .dropped(.replayed)) }
        #expect(receiver.rtpStreamCount == SRTPLimits.maximumStreams)

        let most = UInt32(SRTPLimits.maximumStreams + SRTPLimits.maximumSilentStreams)
        let known = UInt32(SRTPLimits.maximumStreams + 1)
        for number in 0..<(most - known) { #expect(isAccepted(try packet(10_000 + number, 1))) }
        #expect(receiver.openRTP(try packet(9, 1)) == .dropped(.replayed), "no room to remember it")
        #expect(isAccepted(try packet(7, 65_700)), "those that are known go on")
        for packet in old { #expect(receiver.openRTP(packet) == .dropped(.replayed)) }
    }

    private func sealedPackets(
        _ profile: SRTPProfile, count: Int, implementation: SealingEngine.Implementation? = nil
    ) throws -> (SRTPReceiver, [[UInt8]]) {
        let master = ProtectedPackets.masterKey(profile)
        let engine = try SealingEngine()
        let key = try engine.makeKey(profile: profile, master: master)
        var generator = SeededGenerator(seed: 51)
        let packets = try (0..<count).map { position in
            let header = ProtectedPackets.header(
                ssrc: 3, sequence: UInt16(position), csrcs: 1, extensionWords: 2, using: &generator)
            let payload = ProtectedPackets.octets(60, using: &generator)
            return try #require(
                engine.sealed(key, index: UInt64(position), ssrc: 3, header: header, payload: payload))
        }
        return (try SRTPReceiver(profile: profile, key: master, implementation: implementation), packets)
    }
}
