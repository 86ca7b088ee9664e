import RTP
import Testing

/// Sizes out of the headers that encoders write: x264, SVT-AV1, libvpx, and what Chromium was captured with.
struct PictureSizeTests {
    private func size(_ codec: Codec, _ payload: [UInt8], isOpaque: Bool = false) -> PictureSize? {
        PayloadInspection(codec: codec, payload: payload.span).pictureSize(in: payload.span, isOpaque: isOpaque)
    }

    /// Baseline, Main, High with scaling lists, 4:4:4 and 4:2:2; four of the five cropped.
    static let parameterSets: [(octets: String, width: UInt16, height: UInt16)] = [
        ("6742c028d900780227e584000003000400000300f03c60c920", 1_920, 1_080),
        ("674d401fd900d83de6e10000030001000003003c0f183248", 854, 480),
        ("6764001facd9405005ba10000003001000000303c0f1831960", 1_280, 720),
        ("67f4001e919b281485fc7cf080000003008000001e078b16cb", 642, 362),
        ("677a001ebcd940a02ff89840000003004000000f03c58b6580", 640, 360),
    ]

    @Test(arguments: parameterSets.indices) func h264TellsItInTheParameterSet(_ index: Int) throws {
        let sample = Self.parameterSets[index]
        let unit = try octets(sample.octets)
        let expected = PictureSize(width: sample.width, height: sample.height)
        #expect(size(.h264, unit) == expected)
        // STAP-A behind another unit.
        let aggregate = [0x78, 0, 2, 0x09, 0xF0, 0, UInt8(unit.count)] + unit + [0, 2, 0x68, 0xCE]
        #expect(size(.h264, aggregate) == expected)
        #expect(size(.h264, unit, isOpaque: true) == nil)
        // Cut anywhere, it is read or not, and never wrongly.
        for count in 2..<unit.count { #expect([nil, expected].contains(size(.h264, Array(unit[..<count])))) }
    }

    @Test(
        arguments: [
            ("0000002d4cffb3c6af9804", 1_280, 720), ("00000024c6abdf1abe6010", 854, 480),
            ("000000043cf6c46af98040", 318, 178),
        ] as [(String, UInt16, UInt16)])
    func av1TellsItInTheSequenceHeader(_ content: String, width: UInt16, height: UInt16) throws {
        let header = try octets(content)
        let expected = PictureSize(width: width, height: height)
        #expect(size(.av1, [0x18, 0x08] + header) == expected)
        #expect(size(.av1, [0x18, 0x0A, UInt8(header.count)] + header) == expected)
        #expect(size(.av1, [0x08, 2, 0x12, 0, UInt8(header.count + 1), 0x08] + header) == expected)
        #expect(size(.av1, [0x18, 0x08] + header, isOpaque: true) == nil)
        for count in 0..<header.count {
            #expect([nil, expected].contains(size(.av1, [0x18, 0x08] + Array(header[..<count]))))
        }
    }

    @Test(
        arguments: [
            ("82498342004ff02cf60638241c184a18", 1_280, 720), ("824983420013d00b160638241c184a00", 318, 178),
            ("a24983420004fe02cec0c70483830942", 640, 360), ("a2498342e027f016760638241c184a10", 640, 360),
        ] as [(String, UInt16, UInt16)])
    func vp9TellsItInTheKeyframe(_ frame: String, width: UInt16, height: UInt16) throws {
        let payload = [0x0C] + (try octets(frame))
        #expect(size(.vp9, payload) == PictureSize(width: width, height: height))
        #expect(size(.vp9, payload, isOpaque: true) == nil)
        #expect(size(.vp9, [0x4C] + payload.dropFirst()) == nil, "no keyframe")
    }

    @Test func vp9TellsTheLargestLayerInItsStructure() {
        // V, and two layers with sizes.
        let payload: [UInt8] = [0x0A, 0x30, 0x01, 0x40, 0x00, 0xB4, 0x02, 0x80, 0x01, 0x68, 0xAA]
        #expect(size(.vp9, payload, isOpaque: true) == PictureSize(width: 640, height: 360))
    }

    @Test(arguments: Capture.names) func capturedKeyframesTellSizesOfTheCamera(_ name: String) throws {
        var found: [PictureSize] = []
        for packet in try Capture.load(name).packets {
            guard case .rtp(let expected) = packet.expectation, let codec = codec(packet.codec) else { continue }
            let bytes = try packet.datagram
            let payload = bytes.span.extracting(
                expected.header.payloadOffset..<expected.header.payloadOffset + expected.header.payloadSize)
            let inspection = PayloadInspection(codec: codec, payload: payload)
            if let size = inspection.pictureSize(in: payload, isOpaque: false) { found.append(size) }
        }
        #expect(!found.isEmpty)
        // The camera has 1280x720; browsers scale it down, by no more than 8, and keep its shape.
        for size in found {
            #expect((160...1_280).contains(size.width) && (90...720).contains(size.height), "\(size)")
            #expect(abs(Int(size.width) * 9 - Int(size.height) * 16) <= 32, "\(size)")
        }
    }

    private func codec(_ name: String?) -> Codec? {
        switch name?.lowercased() {
        case "vp8": .vp8
        case "vp9": .vp9
        case "h264": .h264
        case "av1": .av1
        default: nil
        }
    }
}
