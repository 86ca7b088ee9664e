import RTP

/// A receiving section of a participant and what it is for; a participant's slots are named by their index.
struct PlannedSlot: Hashable, Sendable {
    var mid: String
    var kind: MediaKind
    var use: SlotUse
    /// The number of the seat, screen or extra audio slot, counted by the client.
    var number: Int
}

/// Decides what each receiving section is for.
struct SlotPlan: Sendable {
    /// The slots in the order of the sections.
    private(set) var slots: [PlannedSlot] = []
    /// The seats, screens and voices that have a slot already, by kind.
    private var taken: Set<Place> = []
    /// Numbers are below this.
    private let maximum: Int

    private struct Place: Hashable {
        var use: SlotUse
        var number: Int
        var kind: MediaKind
    }

    /// Plans the sections, which are in the offer's order, as the requests say; without requests audio and video
    /// sections are paired to seats in their order, and audio sections left over carry those without a seat. A section
    /// that is not named by the requests gets no slot.
    ///
    /// - Parameter known: the slots of the offer before: a section keeps what it is for.
    /// - Throws: the sentence that says what is wrong.
    init(
        sections: [(mid: String, kind: MediaKind)], requests: [SlotRequest], maximum: Int, known: [PlannedSlot] = []
    ) throws(InvalidPlan) {
        self.maximum = maximum
        try plan(sections, requests, known)
        for slot in slots {
            guard let before = known.first(where: { $0.mid == slot.mid }),
                before.use != slot.use || before.number != slot.number
            else { continue }
            throw InvalidPlan(
                "slots gives the section \(quoted(slot.mid)) to \(slot.use.rawValue) \(slot.number), but it is for "
                    + "\(before.use.rawValue) \(before.number): offer another section")
        }
    }

    private mutating func plan(
        _ sections: [(mid: String, kind: MediaKind)], _ requests: [SlotRequest], _ known: [PlannedSlot]
    ) throws(InvalidPlan) {
        guard sections.count <= maximum else {
            throw InvalidPlan("the offer has \(sections.count) receiving sections, at most \(maximum) are taken")
        }
        guard !requests.isEmpty else {
            pair(sections, known)
            return
        }
        var byMID: [String: SlotRequest] = [:]
        for request in requests where byMID.updateValue(request, forKey: request.mid) != nil {
            throw InvalidPlan("slots names the mid \(quoted(request.mid)) twice")
        }
        for (mid, kind) in sections {
            guard let request = byMID.removeValue(forKey: mid) else { continue }
            try place(request, kind: kind)
        }
        if let unknown = requests.first(where: { byMID[$0.mid] != nil }) {
            throw InvalidPlan("slots names the mid \(quoted(unknown.mid)), which is no receiving section of the offer")
        }
    }

    private mutating func place(_ request: SlotRequest, kind: MediaKind) throws(InvalidPlan) {
        guard request.use != .audio || kind == .audio else {
            throw InvalidPlan("slots names the video section \(quoted(request.mid)) for audio")
        }
        let number: Int
        if let wanted = request.number {
            guard (0..<maximum).contains(wanted) else {
                throw InvalidPlan("slots gives \(quoted(request.mid)) the number \(wanted), not 0 to \(maximum - 1)")
            }
            number = wanted
        } else {
            number = freeNumber(request.use, kind)
        }
        guard taken.insert(Place(use: request.use, number: number, kind: kind)).inserted else {
            throw InvalidPlan(
                "slots gives two \(kind.rawValue) sections to \(request.use.rawValue) \(number), the second is "
                    + quoted(request.mid))
        }
        slots.append(PlannedSlot(mid: request.mid, kind: kind, use: request.use, number: number))
    }

    private func freeNumber(_ use: SlotUse, _ kind: MediaKind) -> Int {
        var number = 0
        while taken.contains(Place(use: use, number: number, kind: kind)) { number += 1 }
        return number
    }

    /// Known sections keep what they are for. Of the new ones a video section gets the next seat, an audio section the next
    /// seat that has video alone; audio sections left over carry those without a seat.
    private mutating func pair(_ sections: [(mid: String, kind: MediaKind)], _ known: [PlannedSlot]) {
        var byMID = Dictionary(known.map { ($0.mid, $0) }, uniquingKeysWith: { first, _ in first })
        byMID = byMID.filter { slot in sections.contains { $0.mid == slot.key && $0.kind == slot.value.kind } }
        for slot in byMID.values { taken.insert(Place(use: slot.use, number: slot.number, kind: slot.kind)) }
        func add(_ mid: String, _ kind: MediaKind, _ use: SlotUse, _ number: Int) {
            taken.insert(Place(use: use, number: number, kind: kind))
            byMID[mid] = PlannedSlot(mid: mid, kind: kind, use: use, number: number)
        }
        for (mid, kind) in sections where kind == .video && byMID[mid] == nil {
            add(mid, kind, .seat, freeNumber(.seat, kind))
        }
        let seats = taken.filter { $0.use == .seat && $0.kind == .video }.map(\.number).sorted()
        for (mid, kind) in sections where kind == .audio && byMID[mid] == nil {
            // An offer of audio alone has seats of audio alone.
            if seats.isEmpty {
                add(mid, kind, .seat, freeNumber(.seat, kind))
            } else if let seat = seats.first(where: { !taken.contains(Place(use: .seat, number: $0, kind: kind)) }) {
                add(mid, kind, .seat, seat)
            } else {
                add(mid, kind, .audio, freeNumber(.audio, kind))
            }
        }
        slots = sections.compactMap { byMID[$0.mid] }
    }
}

/// What is wrong with the requested use of an offer's sections.
struct InvalidPlan: Error, Hashable, Sendable {
    var message: String
    init(_ message: String) { self.message = message }
}

/// A client's text for an error message: quoted and cut.
func quoted(_ text: String) -> String { "\"\(text.prefix(40))\"" }
