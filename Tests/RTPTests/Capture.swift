import TestSupport
import Testing

/// A file of Tests/Fixtures/captures: packets of real browsers with what an independent decoder read in them.
struct Capture: Decodable {
    static let names = [
        "chromium156_av1_L1T3", "chromium156_h264_none", "chromium156_vp8_sim", "chromium156_vp9_L3T3_KEY",
        "firefox153esr_vp8_none",
    ]

    /// Local identifier to the extension's name in this file.
    var extmap: [String: String]
    var packets: [Packet]

    static func load(_ name: String) throws -> Capture { try Fixture.json("captures/\(name).json") }

    /// Every octet string of every capture: RTP packets in full length, RTCP datagrams.
    static func allDatagrams() throws -> [[UInt8]] {
        try names.flatMap { name in try load(name).packets.map { try $0.datagram } }
    }

    struct Packet: Decodable {
        enum Expectation {
            case rtp(ExpectedRTP)
            case rtcp([ExpectedRTCP])
        }

        enum CodingKeys: String, CodingKey {
            case codec
            case count = "len"
            case rtp
            case rtcp
            case expect
        }

        var codec: String?
        var hexadecimal: String
        /// Octets of the packet as it was captured; the file may hold fewer.
        var count: Int
        var expectation: Expectation

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            codec = try values.decodeIfPresent(String.self, forKey: .codec)
            if let rtcp = try values.decodeIfPresent(String.self, forKey: .rtcp) {
                hexadecimal = rtcp
                count = rtcp.utf8.count / 2
                expectation = .rtcp(try values.decode([ExpectedRTCP].self, forKey: .expect))
            } else {
                hexadecimal = try values.decode(String.self, forKey: .rtp)
                count = try values.decode(Int.self, forKey: .count)
                expectation = .rtp(try values.decode(ExpectedRTP.self, forKey: .expect))
            }
        }

        /// The packet in its full length: what the file leaves out is zeros, but for the padding count at the end.
        var datagram: [UInt8] {
            get throws {
                var octets = try octets(hexadecimal)
                let missing = count - octets.count
                octets += Array(repeating: 0, count: missing)
                if case .rtp(let expected) = expectation, expected.header.padding, missing > 0 {
                    octets[octets.count - 1] = UInt8(expected.header.paddingSize)
                }
                return octets
            }
        }
    }

    var extensions: [UInt8: String] {
        Dictionary(uniqueKeysWithValues: extmap.compactMap { key, value in UInt8(key).map { ($0, value) } })
    }
}

struct ExpectedRTP: Decodable {
    struct Header: Decodable {
        enum CodingKeys: String, CodingKey {
            case padding
            case marker
            case pt
            case seq
            case timestamp
            case ssrc
            case csrc
            case extensionProfile = "ext_profile"
            case paddingSize = "padding_size"
            case payloadOffset = "payload_offset"
            case payloadSize = "payload_size"
        }

        var padding: Bool
        var marker: Bool
        var pt: UInt8
        var seq: UInt16
        var timestamp: UInt32
        var ssrc: UInt32
        var csrc: [UInt32]
        var extensionProfile: String?
        var paddingSize: Int
        var payloadOffset: Int
        var payloadSize: Int
    }

    struct Extensions: Decodable {
        struct Level: Decodable {
            var vad: UInt8
            var level: UInt8
        }

        enum CodingKeys: String, CodingKey {
            case absoluteSendTime = "abs_send_time"
            case transportSequenceNumber = "twcc_seq"
            case mid
            case rid
            case repairedRid = "rrid"
            case audioLevel = "audio_level"
            case transmissionOffset = "toffset"
            case videoOrientation = "video_orientation"
            case playoutDelay = "playout_delay"
            case dependencyDescriptor = "dd"
        }

        var absoluteSendTime: UInt32?
        var transportSequenceNumber: UInt16?
        var mid: String?
        var rid: String?
        var repairedRid: String?
        var audioLevel: Level?
        var transmissionOffset: String?
        var videoOrientation: String?
        var playoutDelay: String?
        var dependencyDescriptor: String?
    }

    struct VP8: Decodable {
        enum CodingKeys: String, CodingKey {
            case isNonReference = "N"
            case isPartitionStart = "S"
            case partition = "PID"
            case pictureID = "picture_id"
            case pictureIDBits = "picture_id_bits"
            case descriptorSize = "descriptor_size"
            case isKeyframe = "key_frame"
            case width
            case height
        }

        var isNonReference: UInt8
        var isPartitionStart: UInt8
        var partition: UInt8
        var pictureID: UInt16?
        var pictureIDBits: UInt8?
        var descriptorSize: Int
        var isKeyframe: Bool?
        var width: UInt16?
        var height: UInt16?
    }

    struct VP9: Decodable {
        struct Structure: Decodable {
            enum CodingKeys: String, CodingKey {
                case layers = "n_s"
                case hasSizes = "Y"
                case hasGroup = "G"
                case sizes = "res"
            }
            var layers: Int
            var hasSizes: UInt8
            var hasGroup: UInt8
            var sizes: [[UInt16]]
        }

        enum CodingKeys: String, CodingKey {
            case isPredicted = "P"
            case isFlexible = "F"
            case isStart = "B"
            case isEnd = "E"
            case isNotReference = "Z"
            case pictureID = "picture_id"
            case pictureIDBits = "picture_id_bits"
            case temporal = "tid"
            case isSwitchingUp = "U"
            case spatial = "sid"
            case isInterLayer = "D"
            case structure = "ss"
            case distances = "p_diff"
            case descriptorSize = "descriptor_size"
            case isKeyframe = "inter_picture_key"
        }

        var isPredicted: UInt8
        var isFlexible: UInt8
        var isStart: UInt8
        var isEnd: UInt8
        var isNotReference: UInt8
        var pictureID: UInt16
        var pictureIDBits: UInt8
        var temporal: UInt8
        var isSwitchingUp: UInt8
        var spatial: UInt8
        var isInterLayer: UInt8
        var structure: Structure?
        var distances: [UInt8]?
        var descriptorSize: Int
        var isKeyframe: Bool
    }

    struct H264: Decodable {
        enum CodingKeys: String, CodingKey {
            case type = "nal_type"
            case nri
            case aggregated = "stap_nal_types"
            case isFirst = "FU_S"
            case isLast = "FU_E"
            case fragmented = "fu_nal_type"
        }

        var type: UInt8
        var nri: UInt8
        var aggregated: [UInt8]?
        var isFirst: UInt8?
        var isLast: UInt8?
        var fragmented: UInt8?
    }

    struct AV1: Decodable {
        enum CodingKeys: String, CodingKey {
            case continues = "Z"
            case isContinued = "Y"
            case count = "W"
            case isNew = "N"
        }

        var continues: UInt8
        var isContinued: UInt8
        var count: UInt8
        var isNew: UInt8
    }

    struct RTX: Decodable {
        enum CodingKeys: String, CodingKey {
            case isPaddingOnly = "padding_only"
            case originalSequenceNumber = "osn"
        }

        var isPaddingOnly: Bool
        var originalSequenceNumber: UInt16?
    }

    var header: Header
    var ext: Extensions
    var vp8: VP8?
    var vp9: VP9?
    var h264: H264?
    var av1: AV1?
    var rtx: RTX?
}

struct ExpectedRTCP: Decodable {
    struct Feedback: Decodable {
        struct Packet: Decodable {
            enum CodingKeys: String, CodingKey {
                case seq
                case symbol
                case delta = "delta_us"
                case received = "recv_us"
            }

            var seq: UInt16
            var symbol: UInt8
            var delta: Int?
            var received: Int?
        }

        enum CodingKeys: String, CodingKey {
            case base = "base_seq"
            case count = "packet_status_count"
            case referenceTime = "reference_time_64ms"
            case feedbackCount = "fb_pkt_count"
            case packets
        }

        var base: UInt16
        var count: Int
        var referenceTime: UInt32
        var feedbackCount: UInt8
        var packets: [Packet]
    }

    struct Block: Decodable {
        enum CodingKeys: String, CodingKey {
            case ssrc
            case fractionLost = "fraction_lost"
            case cumulativeLost = "cumulative_lost"
            case highest = "ext_highest_seq"
            case jitter
            case lsr
            case dlsr
        }

        var ssrc: UInt32
        var fractionLost: UInt8
        var cumulativeLost: Int32
        var highest: UInt32
        var jitter: UInt32
        var lsr: UInt32
        var dlsr: UInt32
    }

    struct Chunk: Decodable {
        struct Item: Decodable {
            var type: UInt8
            var text: String
        }

        var ssrc: UInt32
        var items: [Item]
    }

    enum CodingKeys: String, CodingKey {
        case kind
        case sender
        case media
        case ssrc
        case feedback = "twcc"
        case ntp
        case rtpTimestamp = "rtp_ts"
        case packets
        case octets
        case blocks
        case chunks
        case rawBlocks = "raw_blocks"
        case blockTypes = "block_types"
    }

    var kind: String
    var sender: UInt32?
    var media: UInt32?
    var ssrc: UInt32?
    var feedback: Feedback?
    var ntp: String?
    var rtpTimestamp: UInt32?
    var packets: UInt32?
    var octets: UInt32?
    var blocks: [Block]?
    var chunks: [Chunk]?
    var rawBlocks: String?
    var blockTypes: [UInt8]?
}
