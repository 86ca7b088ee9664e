import RTP
import Testing

/// Formats are compared by what they mean (RFC 6184, RTP Payload Format For AV1, RFC 9628).
struct CodecFormatTests {
    private func h264(_ level: String?, mode: String? = "1") -> CodecFormat {
        var profile: [String: String] = [:]
        profile["profile-level-id"] = level
        profile["packetization-mode"] = mode
        return CodecFormat(.h264, profile: profile)
    }

    @Test(
        arguments: [
            // RFC 6184 table 5, each row, with bits that do not count both ways.
            ("4240", .constrainedBaseline), ("42c0", .constrainedBaseline),
            ("42e0", .constrainedBaseline), ("4df0", .constrainedBaseline), ("4d80", .constrainedBaseline),
            ("58c0", .constrainedBaseline), ("4200", .baseline), ("42a0", .baseline), ("5880", .baseline),
            ("4d00", .main), ("4d40", .main), ("5800", .extended), ("6400", .high), ("640c", .constrainedHigh),
            ("6408", .high), ("6e00", .high10), ("7a00", .high422), ("f400", .high444), ("6e10", .high10Intra),
            ("7a10", .high422Intra), ("f410", .high444Intra), ("2c10", .cavlc444Intra),
            // Encoders that set more flags than they need: the profile_idc decides.
            ("420a", .baseline), ("4d60", .main), ("6440", .high),
            // Scalable and multiview profiles.
            ("5300", nil), ("7600", nil),
        ] as [(String, H264Profile?)])
    func profilesAreReadByTheirPatterns(_ octets: String, _ profile: H264Profile?) throws {
        let number = try #require(UInt16(octets, radix: 16))
        #expect(H264Profile(idc: UInt8(number >> 8), constraints: UInt8(number & 0xFF)) == profile)
    }

    @Test(arguments: [
        // GStreamer's x264enc, ffmpeg copying, browsers: one profile in several spellings.
        ("42c01e", "42e01f"), ("42400d", "42e01f"), ("42e01f", "42c01e"), ("42E01F", "42e01f"), ("4d401e", "4d001f"),
        ("4d001f", "4d401e"), ("4d801e", "42e01f"), ("58c01e", "42e01f"),
        // A decoder of more.
        ("42e01f", "42001f"), ("42e01f", "4d001f"), ("42e01f", "64001f"), ("42e01f", "640c1f"), ("4d401e", "64001f"),
        ("42001f", "58001f"), ("4d001f", "58001f"), ("64001f", "6e001f"),
        // Levels do not decide: browsers say 3.1 and decode what their hardware can.
        ("42e034", "42e00a"),
    ])
    func aReceiverTakesWhatItsProfileDecodes(_ stream: String, _ receiver: String) {
        #expect(h264(receiver.lowercased()).accepts(h264(stream.lowercased())))
    }

    @Test(arguments: [
        ("42001f", "42e01f"), ("4d001f", "42e01f"), ("64001f", "42e01f"), ("64001f", "4d001f"), ("42001f", "4d001f"),
        ("42001f", "64001f"), ("6e001f", "64001f"), ("f4001f", "640c1f"), ("64001f", "640c1f"), ("4d001f", "640c1f"),
    ])
    func aReceiverDoesNotTakeMoreThanItsProfile(_ stream: String, _ receiver: String) {
        #expect(!h264(receiver).accepts(h264(stream)))
    }

    @Test func aReceiverOfMode1TakesThePacketsOfMode0() {
        #expect(h264("42e01f", mode: "1").accepts(h264("42e01f", mode: "0")))
        #expect(h264("42e01f", mode: "1").accepts(h264("42e01f", mode: nil)))
        #expect(h264("42e01f", mode: "0").accepts(h264("42e01f", mode: nil)))
        #expect(!h264("42e01f", mode: "0").accepts(h264("42e01f", mode: "1")))
        #expect(!h264("42e01f", mode: nil).accepts(h264("42e01f", mode: "1")))
    }

    @Test func missingAndMalformedParametersHaveTheirMeaning() {
        #expect(h264(nil).accepts(h264("42c01e")) && h264("42e01f").accepts(h264(nil)))
        for bad in ["42e0", "42e01f0", "+2e01f", "xyzxyz", ""] { #expect(!h264(bad).isUnderstood, "\(bad)") }
        #expect(!h264("42e01f", mode: "2").isUnderstood && !h264("42e01f", mode: "x").isUnderstood)
        #expect(!h264("53001f").isUnderstood)
        #expect(!h264("42e01f").accepts(CodecFormat(.vp8)))
        // Level 1b has two spellings and lies below 1.1.
        #expect(H264Format(["profile-level-id": "42f00b"])?.level == 9)
        #expect(H264Format(["profile-level-id": "64000b"])?.level == 11)
    }

    @Test func ofSeveralPayloadTypesTheNearestIsTaken() {
        func mapping(_ type: UInt8, _ level: String, _ mode: String) -> PayloadMapping {
            PayloadMapping(payloadType: type, format: h264(level, mode: mode))
        }
        let chromium = [
            mapping(102, "42001f", "1"), mapping(104, "42001f", "0"), mapping(106, "42e01f", "1"),
            mapping(108, "42e01f", "0"), mapping(127, "4d001f", "1"), mapping(39, "4d001f", "0"),
            mapping(112, "64001f", "1"),
        ]
        func nearest(_ level: String, _ mode: String) -> UInt8? {
            chromium.nearest(to: h264(level, mode: mode))?.payloadType
        }
        #expect(nearest("42c01e", "1") == 106 && nearest("42400d", "0") == 108)
        #expect(nearest("4d401e", "1") == 127 && nearest("42001f", "1") == 102)
        #expect(nearest("640c1f", "1") == 112 && nearest("640c1f", "0") == 112)
        #expect(nearest("f4001f", "1") == nil)
        // Of two that mean the same the first, and one whose level suffices before one whose level does not.
        let twins = [mapping(96, "42e01f", "1"), mapping(97, "42c01f", "1"), mapping(98, "42e034", "1")]
        #expect(twins.nearest(to: h264("42400d"))?.payloadType == 96)
        #expect(twins.nearest(to: h264("42e032"))?.payloadType == 98)
    }

    @Test func av1ProfilesDecodeThoseBelowThem() {
        func av1(_ profile: String?, level: String? = nil, tier: String? = nil) -> CodecFormat {
            var pairs: [String: String] = [:]
            pairs["profile"] = profile
            pairs["level-idx"] = level
            pairs["tier"] = tier
            return CodecFormat(.av1, profile: pairs)
        }
        #expect(av1(nil).accepts(av1("0", level: "8", tier: "0")) && av1("0", level: "5").accepts(av1(nil)))
        #expect(av1("1").accepts(av1("0")) && av1("2").accepts(av1("1")))
        #expect(!av1("0").accepts(av1("1")) && !av1("1").accepts(av1("2")))
        // Level and tier choose among payload types; they hide nothing.
        #expect(av1("0", level: "5", tier: "0").accepts(av1("0", level: "13", tier: "1")))
        let types = [(45, "5", "0"), (46, "13", "0"), (47, "13", "1")].map { type, level, tier in
            PayloadMapping(payloadType: type, format: av1("0", level: level, tier: tier))
        }
        #expect(types.nearest(to: av1("0", level: "8"))?.payloadType == 46)
        #expect(types.nearest(to: av1("0", level: "8", tier: "1"))?.payloadType == 47)
        #expect(types.nearest(to: av1("0", level: "31", tier: "1"))?.payloadType == 45)
        for bad in [av1("3"), av1("x"), av1(nil, level: "32"), av1(nil, tier: "2"), av1("-0")] {
            #expect(!bad.isUnderstood)
        }
    }

    @Test func vp9ProfilesAreNumbersOfWhichNoneHoldsAnother() {
        func vp9(_ profile: String?) -> CodecFormat {
            CodecFormat(.vp9, profile: profile.map { ["profile-id": $0] } ?? [:])
        }
        #expect(vp9(nil).accepts(vp9("0")) && vp9("0").accepts(vp9("00")) && vp9("2").accepts(vp9("2")))
        #expect(!vp9("2").accepts(vp9(nil)) && !vp9("0").accepts(vp9("2")))
        #expect(!vp9("4").isUnderstood && !vp9("a").isUnderstood)
    }
}
