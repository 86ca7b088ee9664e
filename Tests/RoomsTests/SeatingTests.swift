import MediaControl
import Primitives
import RTP
import Testing

@testable import Rooms

struct SeatingTests {
    private static let viewer: UInt32 = 99

    /// Seats with a picture and a sound each, a screen, and extra voices.
    private func seating(seats: Int, screens: Int = 1, voices: Int = 0) throws -> Seating {
        var slots: [PlannedSlot] = []
        for (use, count) in [(SlotUse.seat, seats), (.screen, screens)] {
            for number in 0..<count {
                slots.append(PlannedSlot(mid: "\(use)\(number)a", kind: .audio, use: use, number: number))
                slots.append(PlannedSlot(mid: "\(use)\(number)v", kind: .video, use: use, number: number))
            }
        }
        for number in 0..<voices {
            slots.append(PlannedSlot(mid: "audio\(number)", kind: .audio, use: .audio, number: number))
        }
        return Seating(viewer: try participant(Self.viewer), slots: slots)
    }

    private func member(
        _ number: UInt32, _ sources: [TrackSource] = [.microphone, .camera], muted: Set<TrackSource> = []
    ) throws -> Seating.Member {
        let id = try participant(number)
        return Seating.Member(
            participant: id,
            tracks: sources.map {
                TrackInfo(track: track(number, $0), source: $0, csrc: id.csrc(of: $0), isMuted: muted.contains($0))
            })
    }

    private func track(_ number: UInt32, _ source: TrackSource) -> TrackID {
        TrackID(rawValue: UInt64(number) * 100 + UInt64(source.csrcBits))
    }

    /// What each filled slot carries: `mid: participant source status`.
    private func text(_ seating: Seating) -> [String] {
        seating.snapshot.compactMap { slot in
            slot.content.map { "\(slot.mid): \($0.participant) \($0.source.rawValue) \(slot.status.rawValue)" }
        }
    }

    @Test func aMemberSitsInOneSeatWithPictureAndSound() throws {
        var seating = try seating(seats: 2)
        let change = seating.update(stage: [try member(1)])
        #expect(text(seating) == ["seat0a: p1 microphone playing", "seat0v: p1 camera playing"])
        let csrc = try participant(1).csrc(of: .camera)
        #expect(
            change.fills == [
                0: SlotFill(track: track(1, .microphone), csrc: try participant(1).csrc(of: .microphone)),
                1: SlotFill(track: track(1, .camera), csrc: csrc),
            ])
        #expect(change.slots.map(\.mid) == ["seat0a", "seat0v"])
        #expect(seating.update(stage: [try member(1)]) == Seating.Change())
    }

    @Test func theViewerIsNotShownItself() throws {
        var seating = try seating(seats: 2, voices: 1)
        _ = seating.update(stage: [
            try member(Self.viewer, [.microphone, .camera, .screen, .screenAudio]), try member(2),
        ])
        #expect(text(seating) == ["seat0a: p2 microphone playing", "seat0v: p2 camera playing"])
    }

    @Test func screensHaveSlotsOfTheirOwn() throws {
        var seating = try seating(seats: 1)
        _ = seating.update(stage: [try member(1, [.microphone, .screen, .screenAudio])])
        #expect(
            text(seating) == [
                "seat0a: p1 microphone playing", "screen0a: p1 screenAudio playing", "screen0v: p1 screen playing",
            ])
    }

    @Test func thoseWithoutASeatAreHeardInTheExtraSlots() throws {
        var seating = try seating(seats: 1, screens: 0, voices: 2)
        _ = seating.update(stage: [try member(1), try member(2), try member(3), try member(4)])
        #expect(
            text(seating) == [
                "seat0a: p1 microphone playing", "seat0v: p1 camera playing", "audio0: p2 microphone playing",
                "audio1: p3 microphone playing",
            ])
        // The seat goes to the next of the stage, whose extra slot goes to the one who waits; nobody else moves.
        _ = seating.update(stage: [try member(2), try member(3), try member(4)])
        #expect(
            text(seating) == [
                "seat0a: p2 microphone playing", "seat0v: p2 camera playing", "audio0: p4 microphone playing",
                "audio1: p3 microphone playing",
            ])
    }

    @Test func aSeatWithoutASoundSlotIsHeardInAnExtraOne() throws {
        var seating = Seating(
            viewer: try participant(Self.viewer),
            slots: [
                PlannedSlot(mid: "v", kind: .video, use: .seat, number: 0),
                PlannedSlot(mid: "a", kind: .audio, use: .audio, number: 0),
            ])
        _ = seating.update(stage: [try member(1)])
        #expect(text(seating) == ["v: p1 camera playing", "a: p1 microphone playing"])
    }

    @Test func aHiddenSlotIsPausedAndCarriesNothing() throws {
        var seating = try seating(seats: 1)
        seating.setRequest(ViewRequest(mid: "seat0v", isVisible: false), slot: 1)
        var change = seating.update(stage: [try member(1)])
        #expect(text(seating) == ["seat0a: p1 microphone playing", "seat0v: p1 camera paused"])
        #expect(change.fills.keys.sorted() == [0])
        seating.setRequest(ViewRequest(mid: "seat0v", isVisible: true), slot: 1)
        change = seating.update(stage: [try member(1)])
        #expect(change.fills.keys.sorted() == [1])
        #expect(change.slots.map(\.status) == [.playing])
        seating.setRequest(ViewRequest(mid: "seat0v", isVisible: false), slot: 1)
        change = seating.update(stage: [try member(1)])
        #expect(change.fills == [1: SlotFill?.none])
    }

    @Test func whoHasOneSeatSeesWhoSpeaksAndGoesOnSeeingThem() throws {
        var seating = try seating(seats: 1, screens: 0)
        let stage = [try member(1), try member(2), try member(3)]
        var speakers = ActiveSpeakers()
        _ = seating.update(stage: stage, speakers: speakers)
        #expect(text(seating) == ["seat0a: p1 microphone playing", "seat0v: p1 camera playing"])
        _ = speakers.noteLoudness(
            [TrackSpeech(track: track(3, .microphone), loudness: 0.8)], participants: 4, now: .zero)
        _ = seating.update(stage: stage, speakers: speakers)
        #expect(text(seating) == ["seat0a: p3 microphone playing", "seat0v: p3 camera playing"])
        _ = speakers.noteLoudness(
            [TrackSpeech(track: track(3, .microphone), loudness: nil)], participants: 4, now: .zero + .seconds(1))
        #expect(seating.update(stage: stage, speakers: speakers) == Seating.Change())
    }

    @Test func whoHasMoreSeatsKeepsEverybodyWhereTheyAreWhoeverSpeaks() throws {
        var seating = try seating(seats: 2, screens: 0)
        let stage = [try member(1), try member(2), try member(3)]
        var speakers = ActiveSpeakers()
        _ = seating.update(stage: stage, speakers: speakers)
        _ = speakers.noteLoudness(
            [TrackSpeech(track: track(3, .microphone), loudness: 0.8)], participants: 4, now: .zero)
        #expect(seating.update(stage: stage, speakers: speakers) == Seating.Change())
    }

    @Test func mutedTracksStayInTheirSlots() throws {
        var seating = try seating(seats: 1)
        _ = seating.update(stage: [try member(1)])
        let change = seating.update(stage: [try member(1, muted: [.camera])])
        #expect(change.fills.isEmpty)
        #expect(change.slots.map(\.status) == [.muted])
    }

    @Test func aTrackThatCannotBeDecodedIsToldUntilAnotherComes() throws {
        var seating = try seating(seats: 1)
        _ = seating.update(stage: [try member(1)])
        let track = try #require(try member(1).track(.camera)).track
        seating.noteDecodable(false, slot: 1, track: track)
        #expect(seating.update(stage: [try member(1)]).slots.map(\.status) == [.cannotDecode])
        #expect(seating.update(stage: [try member(2)]).slots.map(\.status) == [.playing, .playing])
        seating.noteDecodable(false, slot: 1, track: track)
        seating.noteDecodable(false, slot: 7, track: track)
        seating.noteDecodable(false, slot: -1, track: track)
        #expect(seating.update(stage: [try member(2)]).slots == [])
    }

    @Test func aWishBringsAParticipantIntoTheSeat() throws {
        var seating = try seating(seats: 2)
        let stage = [try member(1), try member(2), try member(3)]
        seating.setRequest(ViewRequest(mid: "seat1v", wish: .participant(try participant(3))), slot: 3)
        _ = seating.update(stage: stage)
        #expect(
            text(seating).filter { $0.contains("camera") } == [
                "seat0v: p1 camera playing", "seat1v: p3 camera playing",
            ])
        seating.setRequest(ViewRequest(mid: "seat1v", wish: .track(track(2, .camera))), slot: 3)
        _ = seating.update(stage: stage)
        #expect(
            text(seating) == [
                "seat0a: p1 microphone playing", "seat0v: p1 camera playing", "seat1a: p2 microphone playing",
                "seat1v: p2 camera playing",
            ])
        // The viewer itself is never seated, wish or not.
        seating.setRequest(ViewRequest(mid: "seat1v", wish: .participant(try participant(Self.viewer))), slot: 3)
        _ = seating.update(stage: stage + [try member(Self.viewer)])
        #expect(!text(seating).contains { $0.contains("p\(Self.viewer)") })
    }

    @Test func aPageMayPutAScreenIntoASeat() throws {
        var seating = try seating(seats: 1)
        let stage = [try member(1, [.microphone, .camera, .screen])]
        seating.setRequest(ViewRequest(mid: "seat0v", wish: .track(track(1, .screen))), slot: 1)
        _ = seating.update(stage: stage)
        #expect(text(seating) == ["seat0a: p1 microphone playing", "seat0v: p1 screen playing"])
    }

    @Test func slotsOfAFurtherOfferAreFilledToo() throws {
        var seating = try seating(seats: 1, screens: 0)
        let stage = [try member(1), try member(2)]
        _ = seating.update(stage: stage)
        seating.extend(by: [
            PlannedSlot(mid: "na", kind: .audio, use: .seat, number: 1),
            PlannedSlot(mid: "nv", kind: .video, use: .seat, number: 1),
        ])
        #expect(seating.update(stage: stage).slots.map(\.mid) == ["na", "nv"])
        seating.noteNegotiated(["seat0a", "na", "nv"])
        let change = seating.update(stage: stage)
        #expect(change.fills == [1: SlotFill?.none])
        #expect(change.slots.map(\.status) == [.empty])
    }

    /// Random stages and wishes; what must hold always.
    @Test(arguments: 1...12) func theRulesHoldInRandomSequences(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var seating = try seating(
            seats: Int.random(in: 1...6, using: &generator), screens: Int.random(in: 0...2, using: &generator),
            voices: Int.random(in: 0...3, using: &generator))
        var filled: [Int: SlotFill] = [:]
        var stage: [Seating.Member] = []
        var hasWishes = false
        var next: UInt32 = 1
        for _ in 0..<300 {
            let before = seating.snapshot
            let seatedBefore = stage
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1, 2:
                let sources = TrackSource.allCases.filter { _ in Bool.random(using: &generator) }
                stage.append(try member(next == 5 ? Self.viewer : next, sources))
                next += 1
            case 3, 4:
                if let gone = stage.indices.randomElement(using: &generator) { stage.remove(at: gone) }
            case 5:
                if let index = stage.indices.randomElement(using: &generator) {
                    let sources = TrackSource.allCases.filter { _ in Bool.random(using: &generator) }
                    stage[index] = try member(stage[index].participant.number, sources)
                }
            default:
                hasWishes = true
                let slot = Int.random(in: 0..<seating.slots.count, using: &generator)
                let target = stage.randomElement(using: &generator)
                let wish: ViewRequest.Wish =
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: target.map { .participant($0.participant) } ?? .automatic
                    case 1: target?.tracks.randomElement(using: &generator).map { .track($0.track) } ?? .automatic
                    default: .automatic
                    }
                seating.setRequest(
                    ViewRequest(
                        mid: seating.slots[slot].mid, wish: wish,
                        isVisible: Int.random(in: 0..<4, using: &generator) > 0),
                    slot: slot)
            }
            let change = seating.update(stage: stage)
            for (slot, fill) in change.fills {
                #expect(filled[slot] != fill, "only what changed is sent")
                filled[slot] = fill
            }
            let slots = seating.snapshot
            let contents = slots.compactMap(\.content)
            #expect(Set(contents.map(\.track)).count == contents.count, "no track twice")
            #expect(!contents.contains { $0.participant.number == Self.viewer }, "no self-view")
            var seatOf: [ParticipantID: Int] = [:]
            for (index, slot) in slots.enumerated() {
                #expect((slot.content == nil) == (slot.status == .empty))
                #expect(filled[index]?.track == (slot.status == .paused ? nil : slot.content?.track))
                guard let content = slot.content else { continue }
                #expect(content.source.kind == seating.slots[index].kind)
                #expect(
                    stage.contains {
                        $0.participant == content.participant && $0.tracks.contains { $0.track == content.track }
                    })
                if slot.use == .seat {
                    #expect(seatOf[content.participant, default: slot.number] == slot.number, "nobody has two seats")
                    seatOf[content.participant] = slot.number
                }
            }
            guard !hasWishes else { continue }
            // What was shown before and is shown still is where it was, extra voices that got a seat apart.
            for (index, slot) in before.enumerated() where slot.use == .seat {
                guard let old = slot.content, let now = slots.firstIndex(where: { $0.content?.track == old.track }),
                    seatedBefore.contains(where: { $0.participant == old.participant })
                else { continue }
                #expect(now == index || slots[now].use == .audio)
            }
        }
    }

    @Test func aViewerWithoutSlotsNeedsNothing() throws {
        var seating = Seating(viewer: try participant(1), slots: [])
        #expect(seating.update(stage: [try member(2)]) == Seating.Change())
    }
}
