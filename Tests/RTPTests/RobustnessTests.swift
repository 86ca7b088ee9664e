import Primitives
import RTP
import Testing

/// Whatever octets come, no parser may trap: one trap ends every room. That a test returns at all is what it shows;
/// what the parsers answer must lie inside the octets.
struct RobustnessTests {
    /// Runs every parser over `bytes`; answers how many took them for valid.
    @discardableResult
    private func parseEverything(_ bytes: [UInt8], lookup: HeaderExtensionLookup) -> Int {
        var valid = 0
        _ = DatagramKind(datagram: bytes.span)
        if let header = try? RTPHeader(parsing: bytes.span) {
            valid += 1
            let isInside = header.payloadOffset + header.payloadCount + header.paddingCount == bytes.count
            #expect(isInside)
            var cursor = HeaderExtensionCursor(header: header)
            while let element = cursor.next(in: bytes.span) {
                if element.offset + element.count > header.payloadOffset { Issue.record("element in the payload") }
                _ = element.text(in: bytes.span)
            }
            _ = ReceivedExtensions(parsing: bytes.span, header: header, lookup: lookup)
            for index in 0...16 { _ = header.csrc(at: index, in: bytes.span) }
            parsePayload(Array(bytes[header.payloadRange]))
        }
        if let packets = try? RTCPCompound.parse(bytes.span) {
            valid += 1
            let written = RTCPCompound.octets(of: packets)
            if written.isEmpty != packets.isEmpty { Issue.record("\(packets) is written as nothing") }
            for case .transportFeedback(let feedback) in packets { for _ in feedback.packets {} }
            for case .nack(let nack) in packets { _ = nack.sequenceNumbers }
        }
        parsePayload(bytes)
        return valid
    }

    private func parsePayload(_ payload: [UInt8]) {
        for codec in Codec.allCases {
            let inspection = PayloadInspection(codec: codec, payload: payload.span)
            if let vp8 = inspection.vp8, vp8.count >= payload.count { Issue.record("VP8 descriptor past the end") }
            if let vp9 = inspection.vp9 {
                if vp9.count >= payload.count { Issue.record("VP9 descriptor past the end") }
                for index in -1...3 { _ = vp9.referenceDistance(at: index, in: payload.span) }
                for layer in -1...8 { _ = vp9.scalabilityStructure?.size(ofLayer: layer, in: payload.span) }
            }
        }
        _ = RTXPayload(payload: payload.span)
        if let red = try? REDPayload(parsing: payload.span) {
            for index in 0..<red.redundantCount {
                guard let block = red.redundantBlock(at: index, in: payload.span),
                    block.offset + block.count <= red.primary.offset
                else {
                    Issue.record("block \(index) past the primary one")
                    return
                }
            }
        }
    }

    private var lookup: HeaderExtensionLookup {
        var map = HeaderExtensionMap()
        for kind in HeaderExtension.allCases { map[kind] = kind.rawValue + 1 }
        return HeaderExtensionLookup(map)
    }

    /// Valid messages: every RTCP vector, and what browsers sent, one of each length (of the long ones, one of
    /// sixteen lengths).
    private func validMessages() throws -> [[UInt8]] {
        var messages = try RTCPPacketTests.vectors.map { try octets($0.1) }
        messages.append(RTCPCompound.octets(of: RTCPPacketTests.vectors.map(\.0)))
        var seen: Set<Int> = []
        for datagram in try Capture.allDatagrams() {
            let length = datagram.count < 120 ? datagram.count : datagram.count & ~15
            if seen.insert(length).inserted { messages.append(datagram) }
        }
        return messages
    }

    @Test func everyTruncationOfValidMessagesIsSurvived() throws {
        let lookup = lookup
        var valid = 0
        for message in try validMessages() {
            // Headers and descriptors are over by then: the rest is the codec's.
            for count in 0...min(message.count, 240) {
                valid += parseEverything(Array(message.prefix(count)), lookup: lookup)
            }
        }
        #expect(valid > 100)
    }

    @Test func changedOctetsInValidMessagesAreSurvived() throws {
        let lookup = lookup
        var random = SeededGenerator(seed: 7_983)
        var valid = 0
        for message in try validMessages() {
            for _ in 0..<25 {
                var changed = message
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    changed[Int.random(in: 0..<min(changed.count, 80), using: &random)] =
                        UInt8.random(in: .min ... .max, using: &random)
                }
                valid += parseEverything(changed, lookup: lookup)
            }
        }
        #expect(valid > 100)
    }

    @Test func randomOctetsAreSurvived() {
        let lookup = lookup
        var random = SeededGenerator(seed: 3_550)
        var valid = 0
        for round in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...96, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            // Half of them get far enough to be looked at: version 2, then an RTCP type with a length that fits.
            if round.isMultiple(of: 2), bytes.count >= 4 {
                bytes[0] = bytes[0] & 0x3F | 0x80
                if round.isMultiple(of: 4) {
                    bytes[1] = UInt8.random(in: 200...207, using: &random)
                    bytes[2] = 0
                    bytes[3] = UInt8(bytes.count / 4 - 1)
                    bytes.removeLast(bytes.count % 4)
                }
            }
            valid += parseEverything(bytes, lookup: lookup)
        }
        #expect(valid > 1_000)
    }
}
