import Primitives
import RTP
import Testing

/// What the parsers read in packets of real browsers must be what an independent decoder read.
struct CaptureTests {
    @Test(arguments: Capture.names) func headersAreReadAsInCapture(_ name: String) throws {
        var count = 0
        for packet in try Capture.load(name).packets {
            guard case .rtp(let expected) = packet.expectation else { continue }
            let bytes = try packet.datagram
            let header = try RTPHeader(parsing: bytes.span)
            #expect(header.payloadType == expected.header.pt)
            #expect(header.isMarker == expected.header.marker)
            #expect(header.sequenceNumber == expected.header.seq)
            #expect(header.timestamp == expected.header.timestamp)
            #expect(header.ssrc.rawValue == expected.header.ssrc)
            #expect(header.csrcCount == expected.header.csrc.count)
            let profile = expected.header.extensionProfile.flatMap { UInt16($0, radix: 16) } ?? 0
            #expect(header.extensionProfile == profile)
            #expect(header.paddingCount == expected.header.paddingSize)
            #expect(header.payloadOffset == expected.header.payloadOffset)
            #expect(header.payloadCount == expected.header.payloadSize)
            #expect(header.payloadOffset + header.payloadCount + header.paddingCount == packet.count)
            #expect(DatagramKind(datagram: bytes.span) == .rtp)
            count += 1
        }
        #expect(count > 100)
    }

    @Test(arguments: Capture.names) func extensionsAreReadAsInCapture(_ name: String) throws {
        let capture = try Capture.load(name)
        let known: [String: HeaderExtension] = [
            "audio_level": .audioLevel, "abs_send_time": .absoluteSendTime, "twcc_seq": .transportSequenceNumber,
            "mid": .mid, "toffset": .transmissionOffset, "video_orientation": .videoOrientation,
            "playout_delay": .playoutDelay, "rid": .rid, "rrid": .repairedRid, "dd": .dependencyDescriptor,
        ]
        var map = HeaderExtensionMap()
        for (identifier, name) in capture.extensions {
            if let kind = known[name] { map[kind] = identifier }
        }
        let lookup = HeaderExtensionLookup(map)
        for packet in capture.packets {
            guard case .rtp(let expected) = packet.expectation else { continue }
            let bytes = try packet.datagram
            let header = try RTPHeader(parsing: bytes.span)
            let received = ReceivedExtensions(parsing: bytes.span, header: header, lookup: lookup)
            let mid = received.mid?.text(in: bytes.span)
            let rid = received.rid?.text(in: bytes.span)
            let repairedRid = received.repairedRid?.text(in: bytes.span)
            let descriptor = received.dependencyDescriptor.map { bytes[$0.offset..<($0.offset + $0.count)] }
            #expect(received.absoluteSendTime == expected.ext.absoluteSendTime)
            #expect(received.transportSequenceNumber == expected.ext.transportSequenceNumber)
            #expect(mid == expected.ext.mid)
            #expect(rid == expected.ext.rid)
            #expect(repairedRid == expected.ext.repairedRid)
            #expect(received.audioLevel?.level == expected.ext.audioLevel?.level)
            #expect(received.audioLevel?.hasVoice == expected.ext.audioLevel.map { $0.vad == 1 })
            let offset = expected.ext.transmissionOffset.flatMap { UInt32($0, radix: 16) }
            #expect(received.transmissionOffset.map { UInt32(bitPattern: $0) & 0xFF_FFFF } == offset)
            #expect(received.videoOrientation == expected.ext.videoOrientation.flatMap { UInt8($0, radix: 16) })
            #expect(received.playoutDelay == expected.ext.playoutDelay.flatMap { UInt32($0, radix: 16) })
            #expect(descriptor.map(Array.init)?.hexadecimal == expected.ext.dependencyDescriptor)
        }
    }

    @Test(arguments: Capture.names) func payloadsAreReadAsInCapture(_ name: String) throws {
        var inspected = 0
        var keyframes = 0
        for packet in try Capture.load(name).packets {
            guard case .rtp(let expected) = packet.expectation else { continue }
            let bytes = try packet.datagram
            let header = try RTPHeader(parsing: bytes.span)
            let payload = Array(bytes[header.payloadRange])
            if let vp8 = expected.vp8 {
                let inspection = PayloadInspection(codec: .vp8, payload: payload.span)
                try expectEqual(#require(inspection.vp8), vp8)
                #expect(inspection.isKeyframeStart == (vp8.isKeyframe ?? false))
                keyframes += inspection.isKeyframeStart ? 1 : 0
                inspected += 1
            } else if let vp9 = expected.vp9 {
                let inspection = PayloadInspection(codec: .vp9, payload: payload.span)
                try expectEqual(#require(inspection.vp9), vp9, payload)
                #expect(inspection.temporalLayer == vp9.temporal)
                #expect(inspection.spatialLayer == vp9.spatial)
                keyframes += inspection.isKeyframeStart ? 1 : 0
                inspected += 1
            } else if let h264 = expected.h264 {
                let inspection = PayloadInspection(codec: .h264, payload: payload.span)
                try expectEqual(#require(inspection.h264), h264)
                keyframes += inspection.isKeyframeStart ? 1 : 0
                inspected += 1
            } else if let av1 = expected.av1 {
                let inspection = PayloadInspection(codec: .av1, payload: payload.span)
                let read = try #require(inspection.av1)
                #expect(read.continuesPrevious == (av1.continues == 1))
                #expect(read.isContinued == (av1.isContinued == 1))
                #expect(read.elementCountField == av1.count)
                #expect(read.isSequenceStart == (av1.isNew == 1))
                #expect(read.hasSequenceHeader == (av1.isNew == 1))
                keyframes += inspection.isKeyframeStart ? 1 : 0
                inspected += 1
            } else if let rtx = expected.rtx {
                let expectation: RTXPayload =
                    if rtx.isPaddingOnly {
                        .probe
                    } else {
                        .retransmission(originalSequenceNumber: try #require(rtx.originalSequenceNumber))
                    }
                #expect(RTXPayload(payload: payload.span) == expectation)
            }
        }
        #expect(inspected > 100)
        #expect(keyframes > 0)
    }

    private func expectEqual(_ read: VP8PayloadDescriptor, _ expected: ExpectedRTP.VP8) {
        #expect(read.count == expected.descriptorSize)
        #expect(read.isNonReference == (expected.isNonReference == 1))
        #expect(read.isPartitionStart == (expected.isPartitionStart == 1))
        #expect(read.partition == expected.partition)
        #expect(read.pictureID?.value == expected.pictureID)
        #expect(read.pictureID?.width.rawValue == expected.pictureIDBits)
        #expect(read.size?.width == expected.width)
        #expect(read.size?.height == expected.height)
        #expect(read.isFrameStart == (expected.isKeyframe != nil))
    }

    private func expectEqual(_ read: VP9PayloadDescriptor, _ expected: ExpectedRTP.VP9, _ payload: [UInt8]) {
        #expect(read.count == expected.descriptorSize)
        #expect(read.isInterPicturePredicted == (expected.isPredicted == 1))
        #expect(read.isFlexibleMode == (expected.isFlexible == 1))
        #expect(read.isFrameStart == (expected.isStart == 1))
        #expect(read.isFrameEnd == (expected.isEnd == 1))
        #expect(read.isNotInterLayerReference == (expected.isNotReference == 1))
        #expect(read.pictureID?.value == expected.pictureID)
        #expect(read.pictureID?.width.rawValue == expected.pictureIDBits)
        #expect(read.layers?.temporal == expected.temporal)
        #expect(read.layers?.spatial == expected.spatial)
        #expect(read.layers?.isSwitchingUpPoint == (expected.isSwitchingUp == 1))
        #expect(read.layers?.isInterLayerPredicted == (expected.isInterLayer == 1))
        #expect(read.isKeyframeStart == expected.isKeyframe)
        var distances: [UInt8] = []
        for index in 0..<read.referenceCount {
            if let distance = read.referenceDistance(at: index, in: payload.span) { distances.append(distance) }
        }
        #expect(distances == expected.distances ?? [])
        #expect(read.scalabilityStructure?.spatialLayerCount == expected.structure.map { $0.layers + 1 })
        for (layer, size) in (expected.structure?.sizes ?? []).enumerated() {
            let read = read.scalabilityStructure?.size(ofLayer: layer, in: payload.span)
            #expect(read == PictureSize(width: size[0], height: size[1]))
        }
    }

    private func expectEqual(_ read: H264Payload, _ expected: ExpectedRTP.H264) {
        #expect(read.referenceIndicator == expected.nri)
        switch expected.type {
        case 24:
            #expect(read.structure == .aggregation(count: expected.aggregated?.count ?? 0))
            #expect(read.unitType == expected.aggregated?.first)
            #expect(read.hasSequenceParameterSet == (expected.aggregated?.contains(7) ?? false))
        case 28:
            let fragment: H264Payload.Fragment =
                expected.isFirst == 1 ? .first : expected.isLast == 1 ? .last : .middle
            #expect(read.structure == .fragment(fragment))
            #expect(read.unitType == expected.fragmented)
            #expect(read.startsIDRPicture == (expected.isFirst == 1 && expected.fragmented == 5))
        default:
            #expect(read.structure == .single)
            #expect(read.unitType == expected.type)
        }
    }
}
