import MediaControl
import Primitives
import RTP

/// Assigns the members of the stage to one viewer's slots and reports the slots that changed.
struct Seating: Sendable {
    /// One on stage, as seating sees it.
    struct Member: Hashable, Sendable {
        var participant: ParticipantID
        /// The published tracks.
        var tracks: [TrackInfo]
        /// Second codecs, by the track that they stand in for.
        var seconds: [TrackID: Second] = [:]

        func track(_ source: TrackSource) -> TrackInfo? { tracks.first { $0.source == source } }
    }

    /// A track that stands in for another at viewers that cannot decode that.
    struct Second: Hashable, Sendable {
        var track: TrackID
        /// Whether there is something to show yet.
        var progress: SecondCodec.Progress
    }

    /// The result of an update.
    struct Change: Hashable, Sendable {
        /// The slots that the worker must fill anew.
        var fills: [Int: SlotFill?] = [:]
        /// How large the viewer shows which slot, for the worker.
        var demands: [Int: SlotDemand] = [:]
        /// Second codecs that fill a slot now, and those that did and do not any more.
        var secondsAdded: Set<TrackID> = []
        var secondsRemoved: Set<TrackID> = []
        /// The slots that the viewer must be told of, in their order.
        var slots: [SlotInfo] = []

        /// Merges a later change into this one.
        mutating func replace(by newer: Change) {
            fills.merge(newer.fills) { $1 }
            demands.merge(newer.demands) { $1 }
            for slot in newer.slots {
                if let index = slots.firstIndex(where: { $0.mid == slot.mid }) {
                    slots[index] = slot
                } else {
                    slots.append(slot)
                }
            }
        }
    }

    private struct Shown: Hashable {
        var content: SlotContent?
        var status = SlotStatus.empty
        var fill: SlotFill?
        /// As the worker knows it. It keeps it whatever the slot carries.
        var demand = SlotDemand()
    }

    private let viewer: ParticipantID
    private(set) var slots: [PlannedSlot] = []
    /// The numbers of the seats and of the screens: the place at an index has the number there.
    private var seatNumbers: [Int] = []
    private var screenNumbers: [Int] = []
    private var audioNumbers: [Int] = []
    private var seats = Places<ParticipantID>(count: 0)
    private var screens = Places<ParticipantID>(count: 0)
    private var audio = Places<TrackID>(count: 0)
    /// The viewer's wishes by slot.
    private var requests: [Int: ViewRequest] = [:]
    /// Slots whose track the worker found to fit none of the viewer's payload types.
    private var undecodable: Set<Int> = []
    /// Slots whose track the viewer's path does not carry.
    private var starved: Set<Int> = []
    /// Tracks that the viewer cannot decode, while it could decode their second codec.
    private var standIns: Set<TrackID> = []
    /// Second codecs that fill a slot.
    private(set) var secondsInUse: Set<TrackID> = []
    /// Slots whose section a further offer took back.
    private var withdrawn: Set<Int> = []
    private var shown: [Shown] = []

    init(viewer: ParticipantID, slots: [PlannedSlot]) {
        self.viewer = viewer
        extend(by: slots)
    }

    /// Adds the slots of a further offer; those already there keep their index and their place.
    mutating func extend(by added: [PlannedSlot]) {
        slots += added
        shown += Array(repeating: Shown(), count: added.count)
        for slot in added.sorted(by: { $0.number < $1.number }) {
            switch slot.use {
            case .seat: Self.add(slot.number, to: &seatNumbers)
            case .screen: Self.add(slot.number, to: &screenNumbers)
            case .audio: Self.add(slot.number, to: &audioNumbers)
            }
        }
        seats.extend(to: seatNumbers.count)
        screens.extend(to: screenNumbers.count)
        audio.extend(to: audioNumbers.count)
    }

    /// Every slot as the viewer knows it.
    var snapshot: [SlotInfo] { slots.indices.map(info) }

    /// The index of the slot with this mid.
    func index(of mid: String) -> Int? { slots.firstIndex { $0.mid == mid } }

    /// Stores the viewer's wish for a slot; the next update applies it.
    mutating func setRequest(_ request: ViewRequest, slot: Int) { requests[slot] = request }

    /// Notes which sections are negotiated now; slots of others carry nothing from the next update on.
    mutating func noteNegotiated(_ mids: Set<String>) {
        withdrawn = Set(slots.indices.filter { !mids.contains(slots[$0].mid) })
    }

    /// Notes that the worker found the slot's track to fit, or not to fit, the viewer's payload types.
    ///
    /// Said of a track that the slot no longer carries, it means nothing.
    /// - Parameter hasSecond: whether there is a second codec of the track that does fit.
    mutating func noteDecodable(_ isDecodable: Bool, slot: Int, track: TrackID, hasSecond: Bool = false) {
        guard shown.indices.contains(slot), shown[slot].fill?.track == track else { return }
        guard !isDecodable else {
            undecodable.remove(slot)
            return
        }
        undecodable.insert(slot)
        if hasSecond { standIns.insert(track) }
    }

    /// Notes that the viewer's path carries too little for the slot's track, or enough again.
    mutating func noteStarved(_ isStarved: Bool, slot: Int, track: TrackID) {
        guard shown.indices.contains(slot), shown[slot].fill?.track == track else { return }
        if isStarved { starved.insert(slot) } else { starved.remove(slot) }
    }

    /// The track is in another format now: whether the viewer can decode it has to be found out anew.
    mutating func forgetFormat(of track: TrackID) { standIns.remove(track) }

    /// Whether there are fewer slots for sound alone than tracks that want one, so that it matters who speaks.
    private(set) var isShortOfVoices = false

    /// Whether a change of the active speakers may change this viewer's slots.
    var followsSpeakers: Bool { isShortOfVoices || seatNumbers.count == 1 }

    /// Seats the members, given in stage order, and fills the slots with their tracks.
    mutating func update(stage: [Member], speakers: ActiveSpeakers = ActiveSpeakers()) -> Change {
        guard !slots.isEmpty else { return Change() }
        let others = stage.filter { $0.participant != viewer }
        var seatWishes = wishes(for: .seat, numbers: seatNumbers, among: others)
        // Who has one seat sees who speaks, and goes on seeing them while nobody does.
        if seatNumbers.count == 1, seatWishes.isEmpty, let speaker = loudest(of: others, speakers) {
            seatWishes[0] = speaker
        }
        seats.assign(
            others.map {
                .init(occupant: $0.participant, isPreferred: $0.track(.camera) ?? $0.track(.microphone) != nil)
            },
            wishes: seatWishes)
        var contents: [SlotContent?] = Array(repeating: nil, count: slots.count)
        var carried: Set<TrackID> = []
        fill(.seat, of: others, into: &contents, noting: &carried)
        let sharing = others.filter { member in
            [.screen, .screenAudio].contains { source in
                member.track(source).map { !carried.contains($0.track) } ?? false
            }
        }
        screens.assign(
            sharing.map { .init(occupant: $0.participant, isPreferred: true) },
            wishes: wishes(for: .screen, numbers: screenNumbers, among: sharing))
        fill(.screen, of: sharing, into: &contents, noting: &carried)
        fillAudio(of: others, into: &contents, carried: carried, speakers: speakers)
        return show(contents, of: others)
    }

    // MARK: Seats and screens

    private func loudest(of members: [Member], _ speakers: ActiveSpeakers) -> ParticipantID? {
        let voices = members.compactMap { member -> (ParticipantID, Double)? in
            guard let track = member.track(.microphone), !track.isMuted, let loudness = speakers.loudness[track.track]
            else { return nil }
            return (member.participant, loudness)
        }
        return voices.max { $0.1 < $1.1 }?.0
    }

    private static func add(_ number: Int, to numbers: inout [Int]) {
        if !numbers.contains(number) { numbers.append(number) }
    }

    private func wishes(for use: SlotUse, numbers: [Int], among members: [Member]) -> [Int: ParticipantID] {
        var wishes: [Int: ParticipantID] = [:]
        for (index, request) in requests.sorted(by: { $0.key < $1.key }) where slots[index].use == use {
            guard let place = numbers.firstIndex(of: slots[index].number) else { continue }
            let wanted: ParticipantID?
            switch request.wish {
            case .automatic: wanted = nil
            case .participant(let participant): wanted = participant
            case .track(let track):
                wanted = members.first { $0.tracks.contains { $0.track == track } }?.participant
            }
            guard let wanted else { continue }
            // Of two wishes for one seat that for its picture counts.
            if slots[index].kind == .video || wishes[place] == nil { wishes[place] = wanted }
        }
        return wishes
    }

    private func fill(
        _ use: SlotUse, of members: [Member], into contents: inout [SlotContent?], noting carried: inout Set<TrackID>
    ) {
        let (numbers, places) = use == .seat ? (seatNumbers, seats) : (screenNumbers, screens)
        for (index, slot) in slots.enumerated() where slot.use == use {
            guard let place = numbers.firstIndex(of: slot.number), let occupant = places.occupants[place],
                let member = members.first(where: { $0.participant == occupant }),
                let track = track(of: member, in: index), carried.insert(track.track).inserted
            else { continue }
            contents[index] = SlotContent(track, of: occupant)
        }
    }

    private func track(of member: Member, in index: Int) -> TrackInfo? {
        let slot = slots[index]
        switch (slot.use, slot.kind) {
        case (.seat, .video):
            // A page may put somebody's screen where their camera would be.
            if case .track(let wanted)? = requests[index]?.wish, let screen = member.track(.screen),
                screen.track == wanted
            {
                return screen
            }
            return member.track(.camera)
        case (.seat, .audio): return member.track(.microphone)
        case (.screen, .video): return member.track(.screen)
        case (.screen, .audio): return member.track(.screenAudio)
        case (.audio, _): return nil
        }
    }

    // MARK: Extra audio

    private mutating func fillAudio(
        of members: [Member], into contents: inout [SlotContent?], carried: Set<TrackID>, speakers: ActiveSpeakers
    ) {
        guard !audioNumbers.isEmpty else { return }
        var unheard: [TrackID: SlotContent] = [:]
        var candidates: [Places<TrackID>.Candidate] = []
        for source in [TrackSource.microphone, .screenAudio] {
            for member in members {
                guard let track = member.track(source), !carried.contains(track.track) else { continue }
                unheard[track.track] = SlotContent(track, of: member.participant)
                candidates.append(.init(occupant: track.track, isPreferred: source == .microphone))
            }
        }
        var wishes: [Int: TrackID] = [:]
        for (index, request) in requests where slots[index].use == .audio {
            guard let place = audioNumbers.firstIndex(of: slots[index].number) else { continue }
            switch request.wish {
            case .automatic: break
            case .participant(let wanted):
                wishes[place] = members.first { $0.participant == wanted }?.track(.microphone)?.track
            case .track(let track): wishes[place] = track
            }
        }
        isShortOfVoices = candidates.count > audioNumbers.count
        audio.assign(candidates, wishes: wishes)
        if isShortOfVoices {
            // Those who speak take the places of those who do not, of whom the one that was silent longest goes first.
            let ordered = candidates.sorted { speakers.isBefore($0.occupant, $1.occupant) }
            audio.assign(
                ordered.map { .init(occupant: $0.occupant, isPreferred: speakers.loudness[$0.occupant] != nil) },
                wishes: wishes)
        }
        for (index, slot) in slots.enumerated() where slot.use == .audio {
            guard let place = audioNumbers.firstIndex(of: slot.number), let track = audio.occupants[place] else {
                continue
            }
            contents[index] = unheard[track]
        }
    }

    // MARK: What changed

    private mutating func show(_ contents: [SlotContent?], of members: [Member]) -> Change {
        var change = Change()
        var muted: Set<TrackID> = []
        var seconds: [TrackID: Second] = [:]
        for member in members {
            for track in member.tracks where track.isMuted { muted.insert(track.track) }
            for (track, second) in member.seconds where standIns.contains(track) { seconds[track] = second }
        }
        standIns.formIntersection(seconds.keys)
        var inUse: Set<TrackID> = []
        for (index, content) in contents.enumerated() {
            let content = withdrawn.contains(index) ? nil : content
            let isVisible = requests[index]?.isVisible ?? true
            let fill =
                isVisible
                ? content.map {
                    SlotFill(
                        track: seconds[$0.track]?.track ?? $0.track, csrc: $0.csrc,
                        startsAtOnset: slots[index].use == .audio)
                } : nil
            let second = isVisible ? content.flatMap { seconds[$0.track] } : nil
            if let second { inUse.insert(second.track) }
            if fill != shown[index].fill {
                change.fills[index] = .some(fill)
                undecodable.remove(index)
                starved.remove(index)
            }
            let demand = requests[index]?.demand ?? SlotDemand()
            if demand != shown[index].demand { change.demands[index] = demand }
            var status = status(content, in: index, isVisible, muted)
            if status == .playing, let second {
                switch second.progress {
                case .awaited: status = .awaitingSecondCodec
                case .missing: status = .cannotDecode
                case .started: break
                }
            }
            let now = Shown(content: content, status: status, fill: fill, demand: demand)
            let isNews = now.content != shown[index].content || now.status != shown[index].status
            shown[index] = now
            if isNews { change.slots.append(info(index)) }
        }
        if inUse != secondsInUse {
            change.secondsAdded = inUse.subtracting(secondsInUse)
            change.secondsRemoved = secondsInUse.subtracting(inUse)
            secondsInUse = inUse
        }
        return change
    }

    private func status(
        _ content: SlotContent?, in index: Int, _ isVisible: Bool, _ muted: Set<TrackID>
    ) -> SlotStatus {
        guard let content else { return .empty }
        guard isVisible else { return .paused }
        if undecodable.contains(index) { return .cannotDecode }
        if muted.contains(content.track) { return .muted }
        return starved.contains(index) ? .pausedForBandwidth : .playing
    }

    private func info(_ index: Int) -> SlotInfo {
        let slot = slots[index]
        return SlotInfo(
            mid: slot.mid, use: slot.use, number: slot.number, status: shown[index].status,
            content: shown[index].content)
    }
}

extension SlotContent {
    fileprivate init(_ track: TrackInfo, of participant: ParticipantID) {
        self.init(track: track.track, participant: participant, source: track.source, csrc: track.csrc)
    }
}
