/// A row of places and who has which: the rule by which seats, screens and extra audio slots are given away.
///
/// A member keeps its place as long as possible, so that nobody moves when others come or go.
struct Places<Occupant: Hashable & Sendable>: Sendable {
    /// A candidate for a place.
    struct Candidate: Sendable {
        var occupant: Occupant
        /// Whether there is something to show: those with nothing give way to them.
        var isPreferred: Bool
    }

    /// Who has each place.
    private(set) var occupants: [Occupant?]

    init(count: Int) { occupants = Array(repeating: nil, count: count) }

    /// More places, for slots that a further offer added.
    mutating func extend(to count: Int) {
        while occupants.count < count { occupants.append(nil) }
    }

    /// Gives the places away among the candidates, the first of whom come first.
    ///
    /// A wish names the candidate for a place; of two wishes for one candidate that of the lower place counts. A
    /// candidate who is wished for elsewhere changes places with the one there.
    mutating func assign(_ candidates: [Candidate], wishes: [Int: Occupant]) {
        var present: [Occupant: Bool] = [:]
        for candidate in candidates { present[candidate.occupant] = candidate.isPreferred }
        for place in occupants.indices {
            if let occupant = occupants[place], present[occupant] == nil { occupants[place] = nil }
        }
        let fixed = fulfil(wishes, among: present)
        for candidate in candidates where !occupants.contains(candidate.occupant) && candidate.isPreferred {
            if let place = freePlace ?? placeToGive(up: candidates, sparing: fixed) {
                occupants[place] = candidate.occupant
            }
        }
        for candidate in candidates where !occupants.contains(candidate.occupant) {
            guard let place = freePlace else { break }
            occupants[place] = candidate.occupant
        }
    }

    private var freePlace: Int? { occupants.firstIndex(of: nil) }

    /// Puts the wished candidates into their places; the places that are bound now.
    private mutating func fulfil(_ wishes: [Int: Occupant], among present: [Occupant: Bool]) -> Set<Int> {
        var fixed: Set<Int> = []
        var fulfilled: Set<Occupant> = []
        for (place, occupant) in wishes.sorted(by: { $0.key < $1.key }) {
            guard occupants.indices.contains(place), present[occupant] != nil, fulfilled.insert(occupant).inserted
            else { continue }
            fixed.insert(place)
            if let old = occupants.firstIndex(of: occupant) {
                occupants.swapAt(place, old)
            } else {
                occupants[place] = occupant
            }
        }
        return fixed
    }

    /// The place of the last candidate who has nothing to show and whom nobody wished for.
    private func placeToGive(up candidates: [Candidate], sparing fixed: Set<Int>) -> Int? {
        for candidate in candidates.reversed() where !candidate.isPreferred {
            if let place = occupants.firstIndex(of: candidate.occupant), !fixed.contains(place) { return place }
        }
        return nil
    }
}
