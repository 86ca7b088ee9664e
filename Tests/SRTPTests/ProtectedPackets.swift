import Primitives
import SRTP

/// Keys, packets and calls that the tests share.
enum ProtectedPackets {
    static func masterKey(_ profile: SRTPProfile, seed: UInt64 = 1) -> SRTPMasterKey {
        var generator = SeededGenerator(seed: seed &* 2 &+ UInt64(profile.rawValue))
        return SRTPMasterKey(
            key: octets(profile.keyOctets, using: &generator), salt: octets(profile.saltOctets, using: &generator))
    }

    static func octets(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// An RTP header of version 2 with a random payload type, `csrcs` CSRCs, and an extension of `extensionWords` words.
    static func header(
        ssrc: UInt32, sequence: UInt16, csrcs: Int = 0, extensionWords: Int? = nil,
        using generator: inout SeededGenerator
    ) -> [UInt8] {
        var header: [UInt8] = [
            0x80 | UInt8(csrcs) | (extensionWords == nil ? 0 : 0x10), .random(in: 0...255, using: &generator),
        ]
        header.append(bigEndian: sequence)
        header.append(bigEndian: UInt32.random(in: 0 ... .max, using: &generator))
        header.append(bigEndian: ssrc)
        header += octets(4 * csrcs, using: &generator)
        if let extensionWords {
            header.append(bigEndian: 0xBEDE as UInt16)
            header.append(bigEndian: UInt16(extensionWords))
            header += octets(4 * extensionWords, using: &generator)
        }
        return header
    }

    /// A header and a payload of seeded shape.
    static func random(
        ssrc: UInt32, sequence: UInt16, maximumPayload: Int = 1_300, using generator: inout SeededGenerator
    ) -> (header: [UInt8], payload: [UInt8]) {
        let header = header(
            ssrc: ssrc, sequence: sequence,
            csrcs: Bool.random(using: &generator) ? 0 : .random(in: 0...15, using: &generator),
            extensionWords: Bool.random(using: &generator) ? nil : .random(in: 0...12, using: &generator),
            using: &generator)
        return (header, octets(.random(in: 0...maximumPayload, using: &generator), using: &generator))
    }

    static func rtcp(ssrc: UInt32, octets count: Int = 20, using generator: inout SeededGenerator) -> [UInt8] {
        var packet: [UInt8] = [0x80, 200]
        packet.append(bigEndian: UInt16(count / 4 - 1))
        packet.append(bigEndian: ssrc)
        return packet + octets(count - 8, using: &generator)
    }
}

extension SealingEngine {
    /// Seals one packet from a payload of its own, with whatever is in flight, and returns it.
    func sealed(
        _ key: SealingKey, index: UInt64, ssrc: UInt32, header: [UInt8], payload: [UInt8]
    ) -> [UInt8]? {
        var packet = header + [UInt8](repeating: 0xA5, count: payload.count + key.profile.rtpOverhead + 8)
        let count: Int? = unsafe packet.withUnsafeMutableBufferPointer { packet in
            unsafe payload.withUnsafeBufferPointer { payload in
                // An empty array has no address: the packet's own is as good.
                guard let base = packet.baseAddress else { return nil }
                let source = unsafe payload.baseAddress ?? UnsafePointer(base)
                let count = unsafe seal(
                    key, index: index, ssrc: ssrc, packet: base, headerCount: header.count, payload: source,
                    payloadCount: payload.count)
                flush()
                return count
            }
        }
        guard let count else { return nil }
        // Not an octet beyond what was promised.
        guard packet[count...].allSatisfy({ $0 == 0xA5 }), packet.count == count + 8 else { return nil }
        return Array(packet.prefix(count))
    }
}

/// What tests ask of a receiver, ours or libsrtp2's.
protocol Unprotecting: AnyObject {
    func unprotectRTP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected
    func unprotectRTCP(_ packet: UnsafeMutableRawBufferPointer) -> SRTPUnprotected
}

extension SRTPReceiver: Unprotecting {}
extension LibSRTPReceiver: Unprotecting {}

/// An outcome with the packet in clear, where there is one.
enum Opened: Equatable {
    case packet([UInt8])
    case dropped(SRTPUnprotected)
}

extension Unprotecting {
    func openRTP(_ packet: [UInt8]) -> Opened {
        var packet = packet
        let outcome = unsafe packet.withUnsafeMutableBytes { unsafe unprotectRTP($0) }
        guard case .ok(let count) = outcome else { return .dropped(outcome) }
        return .packet(Array(packet.prefix(count)))
    }

    func openRTCP(_ packet: [UInt8]) -> Opened {
        var packet = packet
        let outcome = unsafe packet.withUnsafeMutableBytes { unsafe unprotectRTCP($0) }
        guard case .ok(let count) = outcome else { return .dropped(outcome) }
        return .packet(Array(packet.prefix(count)))
    }
}

extension SRTPProtector {
    func protectedRTP(_ packet: [UInt8], overhead: Int) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: overhead)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe protectRTP($0, count: packet.count) }
        return count.map { Array(buffer.prefix($0)) }
    }

    func protectedRTCP(_ packet: [UInt8], overhead: Int) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: overhead)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe protectRTCP($0, count: packet.count) }
        return count.map { Array(buffer.prefix($0)) }
    }
}

extension SRTCPProtector {
    func protected(_ packet: [UInt8], overhead: Int) -> [UInt8]? {
        var buffer = packet + [UInt8](repeating: 0, count: overhead)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe protect($0, count: packet.count) }
        return count.map { Array(buffer.prefix($0)) }
    }
}
