import RTP
import TestSupport
import Testing

struct DatagramKindTests {
    private struct Table: Decodable {
        struct Row: Decodable {
            var range: ClosedRange<UInt8>
            var kind: String

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                let first = try values.decode(UInt8.self)
                range = first...(try values.decode(UInt8.self))
                kind = try values.decode(String.self)
            }
        }

        enum CodingKeys: String, CodingKey {
            case rows = "first_octet"
            case rtcp = "rtcp_second_octet"
        }

        var rows: [Row]
        var rtcp: [UInt8]
    }

    @Test func everyFirstOctetIsToldAsInRFC7983() throws {
        let table: Table = try Fixture.json("demux_rfc7983.json")
        var probed = 0
        for row in table.rows {
            for first in row.range {
                let alone = [first]
                let kind = DatagramKind(datagram: alone.span)
                switch row.kind {
                case "STUN": #expect(kind == .stun)
                case "DTLS": #expect(kind == .dtls)
                case "RTP/RTCP": #expect(kind == .drop(.tooShort))
                case "ZRTP (drop)": #expect(kind == .drop(.zrtp))
                case "TURN ChannelData": #expect(kind == .drop(.turnChannel))
                case "drop": #expect(kind == .drop(.unassigned))
                default: #expect(kind == .drop(.quic) && row.kind.contains("QUIC"))
                }
                probed += 1
            }
        }
        #expect(probed == 256)
    }

    @Test func secondOctetTellsRTCPFromRTP() throws {
        let table: Table = try Fixture.json("demux_rfc7983.json")
        let rtcp = table.rtcp[0]...table.rtcp[1]
        for second in UInt8.min...UInt8.max {
            #expect(
                DatagramKind(firstOctet: 0x80, secondOctet: second) == (rtcp.contains(second) ? .rtcp : .rtp))
            #expect(DatagramKind(firstOctet: 0, secondOctet: second) == .stun)
        }
    }

    @Test func emptyDatagramIsDropped() {
        let empty: [UInt8] = []
        #expect(DatagramKind(datagram: empty.span) == .drop(.tooShort))
    }
}
