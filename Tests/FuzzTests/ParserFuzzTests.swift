import DatagramIO
import Foundation
import ICE
import Primitives
import RTP
import SDP
import SignalingProtocol
import TestSupport
import Testing

/// No parser traps, whatever comes. A longer run with fresh seeds: `make fuzz`.
@Suite(.serialized) struct ParserFuzzTests {
    private struct Capture: Decodable {
        struct Packet: Decodable {
            var rtp: String?
            var rtcp: String?
        }
        var packets: [Packet]
    }

    private func packets() throws -> [[UInt8]] {
        try Fixture.names(in: "captures").flatMap { name in
            try Fixture.json("captures/" + name, as: Capture.self).packets.prefix(120).flatMap { packet in
                [packet.rtp, packet.rtcp].compactMap { $0.flatMap { [UInt8](hexadecimal: $0) } }
            }
        }
    }

    @Test func rtpAndItsPayloads() throws {
        var map = HeaderExtensionMap()
        for (index, known) in HeaderExtension.allCases.enumerated() { map[known] = UInt8(index + 1) }
        let lookup = HeaderExtensionLookup(map)
        Mutator.run(try packets()) { octets in
            _ = DatagramKind(datagram: octets.span)
            guard let header = try? RTPHeader(parsing: octets.span) else { return }
            _ = ReceivedExtensions(parsing: octets.span, header: header, lookup: lookup)
            let payload = Array(octets[header.payloadRange])
            for codec in Codec.allCases { _ = PayloadInspection(codec: codec, payload: payload.span) }
            _ = RTXPayload(payload: payload.span)
            _ = try? REDPayload(parsing: payload.span)
        }
    }

    /// Descriptors in order through one reader: each meets the structures that came before it.
    @Test func dependencyDescriptors() throws {
        var map = HeaderExtensionMap()
        map[.dependencyDescriptor] = 12
        let lookup = HeaderExtensionLookup(map)
        let corpus = try packets().compactMap { octets -> [UInt8]? in
            guard let header = try? RTPHeader(parsing: octets.span),
                let element = ReceivedExtensions(parsing: octets.span, header: header, lookup: lookup)
                    .dependencyDescriptor
            else { return nil }
            return Array(octets[element.offset..<(element.offset + element.count)])
        }
        #expect(corpus.count > 100)
        var reader = DependencyDescriptorReader()
        Mutator.run(corpus) { octets in
            guard let descriptor = try? reader.read(octets.span, isNewest: octets.count.isMultiple(of: 2)),
                let structure = reader.structure
            else { return }
            #expect(descriptor.references.count <= DependencyDescriptor.maximumReferences)
            for chain in -1...33 {
                _ = descriptor.distance(inChain: chain, of: structure, active: reader.activeTargets)
            }
        }
    }

    /// Streams of frames, cut at any place: each octet is taken once, and no datagram is longer than it may be.
    @Test func framesOverTCP() throws {
        let corpus = try packets().prefix(200).map { [UInt8($0.count >> 8), UInt8($0.count & 0xFF)] + $0 }
        let streams = stride(from: 0, to: corpus.count, by: 4).map {
            Array(corpus[$0..<min($0 + 4, corpus.count)].joined())
        }
        Mutator.run(streams) { octets in
            var stream = octets
            let cut = stream.count / 3
            var reader = TCPFrameReader()
            var taken = 0
            unsafe stream.withUnsafeMutableBytes { all in
                for part in [0..<cut, cut..<all.count] {
                    let octets = unsafe UnsafeMutableRawBufferPointer(rebasing: all[part])
                    let isOver =
                        unsafe (try? reader.receive(octets) { datagram in
                            #expect(datagram.count > 0 && datagram.count <= TCPLimits.maximumFrame)
                            taken += datagram.count + TCPFrameReader.headerCount
                        }) == nil
                    if isOver { break }
                }
            }
            #expect(taken <= octets.count)
        }
    }

    @Test func rtcp() throws {
        var report: [UInt8] = []
        SenderReport(
            ssrc: SSRC(1), ntpTimestamp: NTPTimestamp(rawValue: 1 << 40), rtpTimestamp: 7, packetCount: 1,
            octetCount: 2,
            reportBlocks: []
        ).append(to: &report)
        SourceDescription(ssrc: SSRC(1), cname: "fuzz").append(to: &report)
        var nack: [UInt8] = []
        GenericNACK(senderSSRC: SSRC(1), mediaSSRC: SSRC(2), sequenceNumbers: [1, 2, 40, 65_535]).append(to: &nack)
        let arrivals = (0..<200).map { $0 % 7 == 0 ? nil : MonotonicInstant(nanoseconds: $0 * 3_000_000) }
        var feedback: [UInt8] = []
        for packet in TransportFeedback.reports(
            on: arrivals, from: 65_500, senderSSRC: SSRC(1), mediaSSRC: SSRC(2), firstFeedbackCount: 0)
        {
            packet.append(to: &feedback)
        }
        Mutator.run([report, nack, feedback, report + nack + feedback]) { octets in
            guard let packets = try? RTCPCompound.parse(octets.span) else { return }
            _ = RTCPCompound.octets(of: packets)
        }
    }

    @Test func stun() throws {
        let text = try Fixture.text("stun_rfc5769.json")
        // Every long run of hexadecimal digits in the vectors.
        let corpus = text.split { !$0.isHexDigit }.filter { $0.count > 40 }.compactMap { [UInt8](hexadecimal: $0) }
        #expect(corpus.count > 3)
        let path = NetworkPath(
            local: TransportAddress(v4: 127, 0, 0, 1, port: 1), remote: TransportAddress(v4: 127, 0, 0, 1, port: 2))
        let credentials = ICECredentials(usernameFragment: "evtj", password: "VOkJxbRl1RmTxUk/WvJxBt")
        var agent = ICELiteAgent(local: credentials, remote: credentials, now: .zero)
        Mutator.run(corpus) { octets in
            _ = STUNMessage.destinationUsernameFragment(of: octets.span)
            var response: [UInt8] = []
            _ = agent.receive(octets.span, on: path, now: .zero, response: &response)
            #expect(response.count <= octets.count)
        }
    }

    @Test func offers() throws {
        let corpus = try Fixture.names(in: "sdp").map { Array(try Fixture.data("sdp/" + $0).prefix(9_000)) }
        var generator = SeededGenerator(seed: 3)
        var rounds = 0
        Mutator.run(corpus) { octets in
            rounds += 1
            // An offer is read whole; a tenth of the rounds is enough here.
            guard rounds.isMultiple(of: 10),
                let offer = try? Offer(parsing: String(decoding: octets, as: UTF8.self))
            else { return }
            _ = try? Negotiator.negotiate(
                offer, policy: NegotiationPolicy(), cnamePrefix: "fuzz", generator: &generator)
        }
    }

    @Test func messages() throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Signaling/Golden/client")
        let corpus = try FileManager.default.contentsOfDirectory(at: golden, includingPropertiesForKeys: nil)
            .map { Array(try Data(contentsOf: $0)) }
        #expect(!corpus.isEmpty)
        Mutator.run(corpus) { octets in
            _ = try? ClientRequest(parsing: String(decoding: octets, as: UTF8.self).utf8)
        }
    }
}
