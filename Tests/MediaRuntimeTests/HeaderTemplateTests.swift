import Forwarding
import Primitives
import RTP
import Testing

@testable import MediaRuntime

struct HeaderTemplateTests {
    /// Every form of the block of extensions: none, one-byte and two-byte elements, with and without the octet.
    @Test(arguments: [MediaKind.audio, .video], [UInt8(0), 3, 14, 15, 200])
    func aTemplateWritesWhatTheLayoutWrites(_ kind: MediaKind, _ identifier: UInt8) {
        for (transportSequence, octetIdentifier) in [(UInt8(0), identifier), (identifier, 0), (5, identifier)] {
            var extensions = HeaderExtensionMap()
            if transportSequence != 0 { extensions[.transportSequenceNumber] = transportSequence }
            if octetIdentifier != 0 { extensions[kind == .audio ? .audioLevel : .videoOrientation] = octetIdentifier }
            let payload = PayloadMapping(payloadType: 111, format: CodecFormat(kind == .audio ? .opus : .vp8))
            var track = Subscription(
                sink: .peer(.none, SlotIndex(0)),
                parameters: SendParameters(
                    mid: "0", kind: kind, payloads: [payload], extensions: extensions, ssrc: SSRC(77), rtxSSRC: nil,
                    cname: "seat"), random: 1)
            track.refill(csrc: 99)
            track.resolve(sourcePayloadType: 96, as: payload)
            for (octet, isMarked) in [(nil, true), (UInt8(0x85), false)] {
                var packet = StoredPacket(
                    sequence: 1, timestamp: 2, arrival: .zero, payloadType: 96, isMarked: isMarked,
                    audioLevel: octet, videoOrientation: octet)
                let fields = HeaderLayout.Fields(
                    payloadType: 111, isMarked: isMarked, sequence: 0x1234, timestamp: 0x89AB_CDEF, ssrc: 77, csrc: 99,
                    transportSequence: 0xBEEF, audioLevel: octet, videoOrientation: octet)
                let expected = unsafe written { unsafe track.header.write(fields, to: $0) }
                var payload: UInt8 = 0
                let found = unsafe written { room in
                    var entry = unsafe BatchPacket(
                        PendingPacket(encoding: 0, packet: &packet, payload: &payload), kind: kind, place: 0)
                    unsafe Subscription.writeHeader(
                        of: &entry, through: &track, sequence: 0x1234, timestamp: 0x89AB_CDEF, to: room)
                    if track.template.transportSequenceOffset != 0 {
                        unsafe Subscription.writeTransportSequence(0xBEEF, through: &track, to: room)
                    }
                    return track.template.count
                }
                #expect(found == expected)
            }
        }
    }

    private func written(_ write: (UnsafeMutablePointer<UInt8>) -> Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0xAA, count: HeaderLayout.maximumOctets)
        let count = unsafe octets.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe write(base)
        }
        return Array(octets[..<count])
    }
}
