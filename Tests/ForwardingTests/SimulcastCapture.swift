import Primitives
import RTP
import TestSupport

@testable import Forwarding

/// What Chromium sent of one picture in three encodings, with its sender reports: Tests/Fixtures/captures.
struct SimulcastCapture {
    /// One datagram.
    enum Event {
        case packet(encoding: Int, StoredPacket, payload: [UInt8], size: PictureSize?)
        case report(encoding: Int, SenderReport)
    }

    private struct File: Decodable {
        struct Packet: Decodable {
            var at: Int
            var codec: String?
            var rtp: String?
            var rtcp: String?

            enum CodingKeys: String, CodingKey {
                case at = "t_ms"
                case codec, rtp, rtcp
            }
        }
        var packets: [Packet]
    }

    /// In the order of arrival.
    private(set) var events: [(at: MonotonicInstant, event: Event)] = []
    /// By encoding, the smallest first.
    private(set) var ssrcs: [SSRC] = []

    init(_ name: String) throws {
        let file = try Fixture.json("captures/\(name).json", as: File.self)
        var sequences: [SSRC: (extended: Int64, last: UInt16)] = [:]
        for packet in file.packets where packet.at >= 0 {
            let now = MonotonicInstant.zero + .seconds(1) + .milliseconds(packet.at)
            if let text = packet.rtcp {
                let bytes = Self.octets(text)
                for case .senderReport(let report) in RTCPCompound.read(bytes.span).packets {
                    guard let encoding = ssrcs.firstIndex(of: report.ssrc) else { continue }
                    events.append((now, .report(encoding: encoding, report)))
                }
                continue
            }
            guard packet.codec == "vp8", let text = packet.rtp else { continue }
            let bytes = Self.octets(text)
            let header = try RTPHeader(parsing: bytes.span)
            if !ssrcs.contains(header.ssrc) { ssrcs.append(header.ssrc) }
            let encoding = ssrcs.firstIndex(of: header.ssrc) ?? 0
            let known = sequences[header.ssrc] ?? (100_000 + Int64(header.sequenceNumber), header.sequenceNumber)
            let extended =
                known.extended + Int64(Int16(bitPattern: header.sequenceNumber &- known.last))
            sequences[header.ssrc] = (extended, header.sequenceNumber)
            let payload = Array(bytes[header.payloadRange.lowerBound...])
            let inspection = PayloadInspection(codec: .vp8, payload: payload.span)
            let stored = StoredPacket(
                sequence: extended, timestamp: header.timestamp, arrival: now, payloadType: 96,
                isMarked: header.isMarker, isKeyframeStart: inspection.isKeyframeStart)
            events.append(
                (
                    now,
                    .packet(
                        encoding: encoding, stored, payload: payload,
                        size: inspection.pictureSize(in: payload.span, isOpaque: false))
                ))
        }
        // The file holds as many packets of each: the largest encoding ends first.
        var last: [Int: MonotonicInstant] = [:]
        for case (let now, .packet(let encoding, _, _, _)) in events { last[encoding] = now }
        let end = last.values.min() ?? .zero
        events.removeAll { $0.at > end }
    }

    private static func octets(_ text: String) -> [UInt8] {
        let digits = Array(text.utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
