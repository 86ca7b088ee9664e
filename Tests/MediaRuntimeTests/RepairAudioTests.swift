import Forwarding
import MediaControl
import Primitives
import RTP
import TestSupport
import Testing

@testable import Client
@testable import MediaRuntime

/// Sound: redundancy, levels, and slots that carry whoever speaks.
@Suite struct RepairAudioTests {
    /// A participant whose sound the test makes.
    private struct Voice {
        let participant: Participant
        var frame: UInt32 = 0
        var timestamp: UInt32 = 5_000
    }

    private func join(_ room: VirtualRoom, takingRED: Bool = false) throws -> Voice {
        var joining = VirtualRoom.Joining.publisher()
        if takingRED {
            joining.publications[0].payloads.insert(PayloadMapping(payloadType: 63, format: CodecFormat(.red)), at: 0)
        }
        return Voice(participant: try room.join(joining))
    }

    /// Sends 20 ms of sound at the room's time; with redundancy the frame before once more.
    private func speak(_ voice: inout Voice, in room: VirtualRoom, level: UInt8, isRED: Bool = false) {
        func sound(_ number: UInt32) -> [UInt8] {
            var frame: [UInt8] = [0xF8] + Array(repeating: 0x55, count: 40)
            PacketIdentity(
                publisher: UInt32(voice.participant.id.rawValue), layer: PacketIdentity.sound, isKeyframe: true,
                frame: number, packet: 0, packetCount: 1, capturedAt: room.now
            ).append(to: &frame)
            return frame
        }
        var payload = sound(voice.frame)
        if isRED, voice.frame > 0 {
            let before = sound(voice.frame - 1)
            let header: [UInt8] = [0x80 | 111, 0x0F, 0x00, UInt8(before.count), 111]
            payload = header + before + payload
        } else if isRED {
            payload = [111] + payload
        }
        voice.participant.client.send(
            OutgoingMedia(
                payloadType: isRED ? 63 : 111, isMarked: voice.frame == 0, timestamp: voice.timestamp,
                audioLevel: AudioLevel(level: level, hasVoice: level < 60), payload: payload),
            publication: 0, capturedAt: room.now)
        room.settle(voice.participant)
        voice.frame += 1
        voice.timestamp &+= 960
    }

    private func speeches(_ room: VirtualRoom, since: MonotonicInstant) -> [(at: MonotonicInstant, TrackSpeech)] {
        var all: [(at: MonotonicInstant, TrackSpeech)] = []
        for (at, event) in room.events where at >= since {
            if case .speakers(let changes) = event { all += changes.map { (at, $0) } }
        }
        return all
    }

    @Test func redundancyIsPassedToThoseWhoTakeItAndUnwrappedForTheOthers() throws {
        let room = try VirtualRoom()
        var voice = try join(room, takingRED: true)
        let plain = try room.join(.viewer())
        var joining = VirtualRoom.Joining.viewer()
        joining.slotsTakeRED = true
        let redundant = try room.join(joining)
        for viewer in [plain, redundant] { room.show(voice.participant, to: viewer) }
        room.run(.seconds(1))
        var received: [[UInt8]] = []
        redundant.client.mediaHandler = { media, payload in
            #expect(media.payloadType == 63)
            received.append((try? payload.bytes(payload.count, at: 0)) ?? [])
        }
        plain.client.mediaHandler = { [plain] media, payload in
            #expect(media.payloadType == 109)
            plain.records[media.slot].note(media, payload)
        }
        for _ in 0..<100 {
            speak(&voice, in: room, level: 40, isRED: true)
            room.run(.milliseconds(20))
        }
        room.run(.milliseconds(100))
        #expect(plain.records[0].decoded == 100 && plain.records[0].strange == 0)
        #expect(received.count == 100)
        for payload in received {
            // Both frames, by the viewer's number for Opus.
            let red = try #require(RedundantAudio(parsing: payload.span) { $0 == 109 })
            let newest = Array(payload[Int(red.primaryOffset)...])
            #expect(PacketIdentity(payload: newest.span) != nil)
        }
        #expect(plain.client.slots[0].statistics.octets < redundant.client.slots[0].statistics.octets * 6 / 10)
        let report = try #require(plain.client.slots[0].lastSenderReport).report
        #expect(Int64(report.octetCount) <= plain.client.slots[0].statistics.octets)
    }

    @Test func nestedRedundancyIsACountedDrop() throws {
        let room = try VirtualRoom()
        let voice = try join(room, takingRED: true)
        room.run(.seconds(1))
        for payload in [[63, 1, 2, 3], [0x80 | 63, 0, 0, 2, 111, 5, 5, 9], [0x80 | 111, 0, 3, 0xFF, 111]] as [[UInt8]] {
            voice.participant.client.send(
                OutgoingMedia(payloadType: 63, isMarked: false, timestamp: 0, payload: payload), publication: 0,
                capturedAt: room.now)
        }
        room.settle(voice.participant)
        room.run(.milliseconds(50))
        #expect(room.drops(.payloadMalformed) == 3)
    }

    @Test func whoBeginsAndCeasesToSpeakIsToldAndNoMoreThanThat() throws {
        let room = try VirtualRoom()
        var voices = [try join(room), try join(room)]
        room.run(.seconds(1))
        let start = room.now
        // Both are silent, then the first speaks for two seconds, then the second.
        for step in 0..<400 {
            for index in 0..<2 {
                let speaks = step >= 100 + 100 * index && step < 200 + 100 * index
                speak(&voices[index], in: room, level: speaks ? 30 : 90)
            }
            room.run(.milliseconds(20))
        }
        let told = speeches(room, since: start)
        let tracks = voices.map(\.participant.audioTrack)
        let begins = told.filter { $0.1.loudness != nil }
        #expect(begins.first?.1.track == tracks[0])
        #expect((begins.first?.at ?? .zero) - start < .milliseconds(2_150))
        let ends = told.filter { $0.1.loudness == nil }
        #expect(ends.map(\.1.track) == tracks)
        #expect(told.count <= 12, "\(told.count)")
        for (earlier, later) in zip(told, told.dropFirst()) where later.at != earlier.at {
            #expect(later.at - earlier.at >= MediaWorker.speechInterval)
        }
    }

    @Test func aSlotThatSwitchesToASpeakerDoesNotClipTheFirstSyllable() throws {
        let room = try VirtualRoom()
        var voices = [try join(room), try join(room)]
        let viewer = try room.join(.viewer())
        let fill = { (voice: Voice) in
            MediaCommand.fillSlot(
                viewer.id, slot: 0,
                with: SlotFill(track: voice.participant.audioTrack, csrc: 7, startsAtOnset: true))
        }
        room.command(fill(voices[0]))
        room.run(.seconds(1))
        var heard: [(publisher: UInt32, frame: UInt32, timestamp: UInt32)] = []
        viewer.client.mediaHandler = { media, payload in
            guard let identity = PacketIdentity(payload: payload) else { return }
            heard.append((identity.publisher, identity.frame, media.timestamp))
        }
        var firstWord: UInt32 = 0
        var isFilled = false
        for step in 0..<150 {
            for index in 0..<2 {
                let speaks = index == 0 ? step < 60 : step >= 80
                if index == 1, step == 80 { firstWord = voices[1].frame }
                speak(&voices[index], in: room, level: speaks ? 32 : 90)
            }
            room.run(.milliseconds(20))
            // The control plane follows what the worker tells.
            if !isFilled,
                speeches(room, since: .zero).contains(where: {
                    $0.1.track == voices[1].participant.audioTrack && $0.1.loudness != nil
                })
            {
                isFilled = true
                room.command(fill(voices[1]))
            }
        }
        room.run(.milliseconds(100))
        let second = heard.filter { $0.publisher == UInt32(voices[1].participant.id.rawValue) }
        // A little before the first word, and all that follows.
        let first = try #require(second.first)
        #expect(first.frame < firstWord && first.frame + 5 >= firstWord)
        #expect(second.map(\.frame) == Array(first.frame..<voices[1].frame))
        for (earlier, later) in zip(heard, heard.dropFirst()) {
            #expect(Int32(bitPattern: later.timestamp &- earlier.timestamp) >= 960)
        }
        #expect(viewer.client.slots[0].statistics.lost == 0)
    }
}
