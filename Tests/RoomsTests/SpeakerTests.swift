import MediaControl
import Primitives
import RTP
import Testing

@testable import Rooms

struct SpeakerTests {
    private func track(_ number: UInt64) -> TrackID { TrackID(rawValue: number) }
    private func at(_ milliseconds: Int64) -> MonotonicInstant { .zero + .milliseconds(milliseconds) }

    @Test func changesAreToldAtOnceAndThenNoOftenerThanTheInterval() {
        var speakers = ActiveSpeakers()
        var told: [Int64] = []
        for millisecond in stride(from: Int64(0), to: 2_000, by: 50) {
            let loudness = Double(millisecond) / 4_000
            _ = speakers.noteLoudness(
                [TrackSpeech(track: track(1), loudness: loudness)], participants: 10, now: at(millisecond))
            if speakers.takeDue(at: at(millisecond)) { told.append(millisecond) }
        }
        #expect(told.first == 0 && told.count == 8)
        #expect(zip(told, told.dropFirst()).allSatisfy { $1 - $0 >= 250 })
        var crowd = ActiveSpeakers()
        var announcements = 0
        for millisecond in stride(from: Int64(0), to: 4_000, by: 50) {
            _ = crowd.noteLoudness(
                [TrackSpeech(track: track(1), loudness: 0.5)], participants: 5_000, now: at(millisecond))
            if crowd.takeDue(at: at(millisecond)) { announcements += 1 }
        }
        #expect(announcements == 4)
    }

    @Test func theLoudestComeFirstThenWhoSpokeLast() {
        var speakers = ActiveSpeakers()
        let others = speakers.noteLoudness(
            [1, 2, 3].map { TrackSpeech(track: track($0), loudness: Double($0) / 10) }, participants: 3, now: at(0))
        #expect(others)
        _ = speakers.noteLoudness([TrackSpeech(track: track(3), loudness: nil)], participants: 3, now: at(10))
        _ = speakers.noteLoudness([TrackSpeech(track: track(1), loudness: nil)], participants: 3, now: at(20))
        let order = [4, 3, 2, 1].map(track).sorted { speakers.isBefore($0, $1) }
        #expect(order == [2, 1, 3, 4].map(track))
        speakers.keep([track(1)])
        #expect(speakers.loudness.isEmpty)
    }

    /// Five on stage without seats and two slots for sound alone: whoever speaks is heard.
    @Test func thoseWhoSpeakTakeTheSlotsForSoundAlone() throws {
        let viewer = try #require(ParticipantID(number: 9))
        var seating = Seating(
            viewer: viewer,
            slots: (0..<2).map { PlannedSlot(mid: "voice\($0)", kind: .audio, use: .audio, number: $0) })
        let members = try (1...5).map { number in
            let id = try #require(ParticipantID(number: UInt32(number)))
            return Seating.Member(
                participant: id,
                tracks: [
                    TrackInfo(
                        track: track(UInt64(number)), source: .microphone, csrc: id.csrc(of: .microphone),
                        isMuted: false)
                ])
        }
        var speakers = ActiveSpeakers()
        func heard() -> Set<TrackID> { Set(seating.snapshot.compactMap(\.content?.track)) }
        var change = seating.update(stage: members, speakers: speakers)
        #expect(heard() == [track(1), track(2)] && seating.isShortOfVoices)
        #expect(change.fills.values.allSatisfy { $0?.startsAtOnset == true })
        _ = speakers.noteLoudness([TrackSpeech(track: track(4), loudness: 0.6)], participants: 6, now: at(0))
        change = seating.update(stage: members, speakers: speakers)
        #expect(heard() == [track(1), track(4)] && change.fills.count == 1)
        _ = speakers.noteLoudness([TrackSpeech(track: track(5), loudness: 0.3)], participants: 6, now: at(1))
        _ = seating.update(stage: members, speakers: speakers)
        #expect(heard() == [track(4), track(5)])
        // Both slots are spoken in: a third has to wait, however loud, and silence moves nobody.
        _ = speakers.noteLoudness([TrackSpeech(track: track(2), loudness: 0.9)], participants: 6, now: at(2))
        #expect(seating.update(stage: members, speakers: speakers) == Seating.Change())
        _ = speakers.noteLoudness([TrackSpeech(track: track(4), loudness: nil)], participants: 6, now: at(3))
        _ = seating.update(stage: members, speakers: speakers)
        #expect(heard() == [track(2), track(5)])
    }

    @Test func everybodyIsToldWhoSpeaks() async throws {
        let house = try House()
        try await house.running {
            let host = try await house.join("ann", .host, autoPublish: true)
            let viewer = try await house.join("bob")
            let microphone = try #require(
                host.stage.members.first?.tracks.first { $0.source == .microphone }?.track)
            house.plane.tell([.speakers([TrackSpeech(track: microphone, loudness: 0.7)])])
            var events = viewer.events.makeAsyncIterator()
            let told = await events.next { event -> [Speaker]? in
                if case .speakers(let list) = event { list } else { nil }
            }
            #expect(told == [Speaker(participant: host.participant.id, loudness: 0.7)])
        }
    }
}
