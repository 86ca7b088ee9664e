import Foundation
import Primitives
import SRTP
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Cost of protection in CPU time, of RTP packets of 1,200 octets, with 100 keys in turn.
///
/// `FORESTAGE_BENCH=1 swift test -c release --filter SRTPBenchmark`. Compare the rows of one run with each other: they are
/// interleaved, and figures of two runs differ with what else the machine does.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["FORESTAGE_BENCH"] != nil), .serialized)
struct SRTPBenchmark {
    private static let peers = 100
    private static let octets = 1_200
    private static let headerCount = 20
    private static let rounds = 15
    private static let packetsPerRound = 60

    /// A way to protect, or to open, one packet for each peer.
    private struct Contender {
        var name: String
        /// Handles the packet with this number for every peer; `false` when one failed.
        var run: (UInt64) throws -> Bool
    }

    /// Receive slots or send slabs, one per peer, and the payload that all share.
    @safe private final class Memory {
        let slots = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SRTPBenchmark.peers * SRTPLimits.maximumPacketOctets, alignment: 64)
        let payload = UnsafeMutablePointer<UInt8>.allocate(capacity: SRTPLimits.maximumPacketOctets)

        init() {
            unsafe slots.initializeMemory(as: UInt8.self, repeating: 0x5A)
            unsafe payload.initialize(repeating: 0x5A, count: SRTPLimits.maximumPacketOctets)
        }

        deinit {
            unsafe slots.deallocate()
            unsafe payload.deallocate()
        }

        func slot(_ peer: Int) -> UnsafeMutableRawBufferPointer {
            let size = SRTPLimits.maximumPacketOctets
            return unsafe UnsafeMutableRawBufferPointer(rebasing: slots[(peer * size)..<((peer + 1) * size)])
        }

        /// Writes the header of packet `number`.
        func writeHeader(_ peer: Int, _ number: UInt64) -> UnsafeMutablePointer<UInt8>? {
            guard let packet = unsafe slot(peer).baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
            unsafe packet.update(from: payload, count: SRTPBenchmark.headerCount)
            unsafe packet[0] = 0x90
            unsafe packet[2] = UInt8(truncatingIfNeeded: number >> 8)
            unsafe packet[3] = UInt8(truncatingIfNeeded: number)
            unsafe packet[14] = 0
            unsafe packet[15] = 1
            return unsafe packet
        }
    }

    @Test(arguments: SRTPProfile.allCases) func sealing(profile: SRTPProfile) throws {
        let memory = Memory()
        let masters = (0..<Self.peers).map { ProtectedPackets.masterKey(profile, seed: UInt64($0)) }
        let payloadCount = Self.octets - Self.headerCount
        var contenders: [Contender] = []
        let senders = try masters.map { try SRTPProtector(profile: profile, key: $0) }
        contenders.append(
            Contender(name: "libsrtp2, copy and protect") { number in
                for peer in 0..<Self.peers {
                    guard let packet = unsafe memory.writeHeader(peer, number) else { return false }
                    unsafe (packet + Self.headerCount).update(from: memory.payload, count: payloadCount)
                    guard unsafe senders[peer].protectRTP(memory.slot(peer), count: Self.octets) != nil else {
                        return false
                    }
                }
                return true
            })
        for implementation in SealingEngine.Implementation.allCases {
            guard let engine = try? SealingEngine(implementation: implementation) else { continue }
            let keys = try masters.map { try engine.makeKey(profile: profile, master: $0) }
            let references = keys.map(\.reference)
            contenders.append(
                Contender(name: engine.name) { number in
                    for peer in 0..<Self.peers {
                        guard let packet = unsafe memory.writeHeader(peer, number) else { return false }
                        let count = unsafe engine.seal(
                            references[peer], index: number, ssrc: 0x5A5A_5A5A, packet: packet,
                            headerCount: Self.headerCount, payload: memory.payload, payloadCount: payloadCount)
                        guard count != nil else { return false }
                    }
                    engine.flush()
                    withExtendedLifetime(keys) {}
                    return true
                })
        }
        report("sealing, \(profile)", try measure(contenders))
    }

    @Test(arguments: SRTPProfile.allCases) func opening(profile: SRTPProfile) throws {
        let memory = Memory()
        let masters = (0..<Self.peers).map { ProtectedPackets.masterKey(profile, seed: UInt64($0)) }
        let engine = try SealingEngine()
        let keys = try masters.map { try engine.makeKey(profile: profile, master: $0) }
        let payloadCount = Self.octets - Self.headerCount
        /// Puts packet `number` of every peer into its slot.
        func fill(_ number: UInt64) {
            for peer in 0..<Self.peers {
                guard let packet = unsafe memory.writeHeader(peer, number) else { return }
                _ = unsafe engine.seal(
                    keys[peer], index: number, ssrc: 0x5A5A_5A5A, packet: packet, headerCount: Self.headerCount,
                    payload: memory.payload, payloadCount: payloadCount)
            }
            engine.flush()
        }
        func contender(_ name: String, _ receivers: [some Unprotecting]) -> Contender {
            Contender(name: name) { _ in
                for peer in 0..<Self.peers {
                    let packet = unsafe UnsafeMutableRawBufferPointer(
                        rebasing: memory.slot(peer).prefix(Self.octets + profile.rtpOverhead))
                    guard unsafe receivers[peer].unprotectRTP(packet) == .ok(count: Self.octets) else { return false }
                }
                return true
            }
        }
        let contenders = [
            contender("libsrtp2", try masters.map { try LibSRTPReceiver(profile: profile, key: $0) }),
            contender("SRTPReceiver", try masters.map { try SRTPReceiver(profile: profile, key: $0) }),
        ]
        report("opening, \(profile)", try measure(contenders, before: fill))
    }

    /// Octets of resident memory per context, the allocator's own included.
    @Test func memory() throws {
        // Nothing is freed before the end: freed memory would be used again, and not show.
        var contexts: [AnyObject] = []
        contexts.reserveCapacity(50_000)
        func measure(_ name: String, _ profile: SRTPProfile, _ make: (SRTPMasterKey) throws -> AnyObject) throws {
            let master = ProtectedPackets.masterKey(profile)
            contexts.append(try make(master))
            let before = try residentPages()
            let count = 4_000
            for _ in 0..<count { contexts.append(try make(master)) }
            print("memory, \(profile), \(name): \((try residentPages() - before) * 4_096 / count) octets")
        }
        for profile in SRTPProfile.allCases {
            for implementation in SealingEngine.Implementation.allCases {
                guard let engine = try? SealingEngine(implementation: implementation) else { continue }
                try measure("SealingKey, \(engine.name)", profile) {
                    try engine.makeKey(profile: profile, master: $0)
                }
            }
            try measure("SRTCPProtector", profile) { try SRTCPProtector(profile: profile, key: $0) }
            try measure("SRTPReceiver, RTCP only", profile) { try SRTPReceiver(profile: profile, key: $0) }
            try measure("LibSRTPReceiver", profile) { try LibSRTPReceiver(profile: profile, key: $0) }
        }
        withExtendedLifetime(contexts) {}
    }

    private func residentPages() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1]))
    }

    /// The least microseconds per packet of each contender over interleaved rounds.
    private func measure(_ contenders: [Contender], before: (UInt64) -> Void = { _ in }) throws -> [(String, Double)] {
        var best = [Double](repeating: .infinity, count: contenders.count)
        for round in 0..<Self.rounds {
            for (position, contender) in contenders.enumerated() {
                var spent = 0.0
                for packet in 0..<Self.packetsPerRound {
                    let number = UInt64(round * Self.packetsPerRound + packet + 1)
                    before(number)
                    let start = threadMicroseconds()
                    let succeeded = try contender.run(number)
                    spent += threadMicroseconds() - start
                    try #require(succeeded, "\(contender.name)")
                }
                best[position] = min(best[position], spent / Double(Self.packetsPerRound * Self.peers))
            }
        }
        return zip(contenders.map(\.name), best).map { ($0, $1) }
    }

    private func report(_ title: String, _ rows: [(String, Double)]) {
        for (name, microseconds) in rows {
            print("\(title), \(name): \(String(format: "%.3f", microseconds)) us per packet")
        }
    }

    private func threadMicroseconds() -> Double {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}
