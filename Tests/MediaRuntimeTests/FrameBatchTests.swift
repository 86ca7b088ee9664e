import DatagramIO
import Forwarding
import Primitives
import RTP
import Testing

@testable import MediaRuntime

/// How the packets of a content are laid out in the kernel's messages.
struct FrameBatchTests {
    /// The (first, count, octets) of the messages that packets with so many octets of payload make up.
    private func messages(_ sizes: [Int], joinsDatagrams: Bool = true) -> [[Int]] {
        var stored = sizes.enumerated().map { place, octets in
            var packet = StoredPacket(
                sequence: Int64(place), timestamp: 7, arrival: .zero, payloadType: 96,
                isMarked: place == sizes.count - 1)
            packet.payloadCount = octets
            return packet
        }
        var payload: [UInt8] = [0]
        var frameBatch = FrameBatch()
        var found: [[Int]] = []
        unsafe stored.withUnsafeMutableBufferPointer { stored in
            unsafe payload.withUnsafeMutableBufferPointer { payload in
                guard let first = stored.baseAddress, let octet = payload.baseAddress else { return }
                let pending = unsafe sizes.indices.map { place in
                    unsafe PendingPacket(
                        encoding: 1, packet: first + place, payload: octet)
                }
                unsafe pending.withUnsafeBufferPointer { pending in
                    guard
                        let summary = unsafe BatchSummary(
                            of: 1, in: pending, head: 0, end: Int64(sizes.count))
                    else { return }
                    unsafe frameBatch.fill(from: pending, of: summary, kind: .video, joinsDatagrams: joinsDatagrams)
                }
                unsafe frameBatch.withContent(sealedBy: nil) { content in
                    guard let content = unsafe content else { return }
                    #expect(unsafe content.pointee.packets.count == sizes.count)
                    #expect(unsafe content.pointee.lastSequence == Int64(sizes.count - 1))
                    found = unsafe content.pointee.messages.indices.map { place in
                        let message = unsafe content.pointee.messages[place]
                        return [message.first, message.count, message.octets]
                    }
                }
            }
        }
        return found
    }

    @Test func packetsOfOneSizeMakeUpOneMessage() {
        #expect(messages([1_000, 1_000, 1_000]) == [[0, 3, 3_000]])
    }

    @Test func aSmallerOneIsTheLastOfItsMessage() {
        #expect(messages([1_000, 1_000, 400, 400, 1_000]) == [[0, 3, 2_400], [3, 1, 400], [4, 1, 1_000]])
        #expect(messages([400, 1_000, 1_000]) == [[0, 1, 400], [1, 2, 2_000]])
    }

    @Test func aMessageHasNoMoreDatagramsThanTheKernelCuts() {
        let found = messages(Array(repeating: 100, count: SendBatch.maximumSegments + 1))
        #expect(
            found == [
                [0, SendBatch.maximumSegments, 100 * SendBatch.maximumSegments], [SendBatch.maximumSegments, 1, 100],
            ])
    }

    @Test func aMessageFitsIntoOneDatagramOfTheLargestSize() {
        let found = messages(Array(repeating: 1_400, count: 60))
        #expect(found.count == 2)
        #expect(found.map { $0[1] }.reduce(0, +) == 60)
        for message in found {
            #expect(message[2] + message[1] * BatchMessage.overhead <= SendBatch.maximumMessage)
        }
    }

    @Test func withoutSegmentationOffloadEachIsAMessage() {
        #expect(messages([1_000, 1_000], joinsDatagrams: false) == [[0, 1, 1_000], [1, 1, 1_000]])
    }

    @Test func everyProfileAddsWhatMessagesAllowForAtMost() {
        for profile in SRTPProfile.allCases {
            #expect(profile.rtpOverhead + HeaderLayout.maximumOctets <= BatchMessage.overhead)
        }
    }

    @Test func whatIsNoRunHasNoMessages() {
        var frameBatch = FrameBatch()
        frameBatch.removeAll()
        var isNone = false
        unsafe frameBatch.withContent(sealedBy: nil) { content in isNone = unsafe content == nil }
        #expect(isNone)
    }
}
