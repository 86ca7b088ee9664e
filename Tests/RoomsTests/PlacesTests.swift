import Primitives
import Testing

@testable import Rooms

struct PlacesTests {
    private typealias Row = Places<Int>

    private func candidates(_ ids: [Int], idle: Set<Int> = []) -> [Row.Candidate] {
        ids.map { .init(occupant: $0, isPreferred: !idle.contains($0)) }
    }

    @Test func theFirstComeFirst() {
        var places = Row(count: 2)
        places.assign(candidates([5, 6, 7]), wishes: [:])
        #expect(places.occupants == [5, 6])
    }

    @Test func nobodyMovesWhenSomebodyLeavesOrEnters() {
        var places = Row(count: 3)
        places.assign(candidates([1, 2, 3]), wishes: [:])
        places.assign(candidates([1, 3]), wishes: [:])
        #expect(places.occupants == [1, nil, 3])
        places.assign(candidates([1, 3, 4]), wishes: [:])
        #expect(places.occupants == [1, 4, 3])
    }

    @Test func whoHasNothingToShowGivesWay() {
        var places = Row(count: 2)
        places.assign(candidates([1, 2], idle: [1, 2]), wishes: [:])
        #expect(places.occupants == [1, 2])
        places.assign(candidates([1, 2, 3], idle: [1, 2]), wishes: [:])
        #expect(places.occupants == [1, 3])
        places.assign(candidates([1, 2, 3, 4], idle: [2]), wishes: [:])
        #expect(places.occupants == [1, 3])
    }

    @Test func aWishBringsInAndSwaps() {
        var places = Row(count: 2)
        places.assign(candidates([1, 2, 3]), wishes: [1: 3])
        #expect(places.occupants == [1, 3])
        places.assign(candidates([1, 2, 3]), wishes: [0: 3])
        #expect(places.occupants == [3, 1])
        places.assign(candidates([1, 2, 3]), wishes: [:])
        #expect(places.occupants == [3, 1])
    }

    @Test func aWishForSomebodyAbsentOrTakenIsNoHindrance() {
        var places = Row(count: 2)
        places.assign(candidates([1, 2]), wishes: [0: 9, 1: 1])
        #expect(places.occupants == [2, 1])
        places.assign(candidates([1, 2]), wishes: [0: 1, 1: 1, 7: 2])
        #expect(places.occupants == [1, 2])
    }

    /// Random comings, goings and wishes; what must hold always.
    @Test(arguments: 1...20) func theRulesHoldInRandomSequences(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...6, using: &generator)
        var places = Row(count: count)
        var present: [Int] = []
        var idle: Set<Int> = []
        var wishes: [Int: Int] = [:]
        var next = 0
        for _ in 0..<400 {
            let before = places.occupants
            var wishesChanged = false
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                present.append(next)
                if Bool.random(using: &generator) { idle.insert(next) }
                next += 1
            case 2, 3:
                if let gone = present.randomElement(using: &generator) { present.removeAll { $0 == gone } }
            case 4:
                if let starting = present.randomElement(using: &generator) { idle.remove(starting) }
            default:
                wishesChanged = true
                let place = Int.random(in: 0..<count, using: &generator)
                wishes[place] = Bool.random(using: &generator) ? present.randomElement(using: &generator) : nil
            }
            let candidates = candidates(present, idle: idle)
            places.assign(candidates, wishes: wishes)
            let seated = places.occupants.compactMap(\.self)
            #expect(Set(seated).count == seated.count, "nobody twice")
            #expect(Set(seated).isSubset(of: present), "only those present")
            #expect(seated.count == min(count, present.count), "no place stays free while somebody waits")
            let unseatedPreferred = present.filter { !idle.contains($0) && !seated.contains($0) }
            let seatedIdle = seated.filter { idle.contains($0) && !wishes.values.contains($0) }
            #expect(unseatedPreferred.isEmpty || seatedIdle.isEmpty, "those with nothing to show give way")
            if !wishesChanged, wishes.isEmpty {
                // Who was seated and still has a place has the same.
                for (place, occupant) in before.enumerated() {
                    guard let occupant, let now = places.occupants.firstIndex(of: occupant) else { continue }
                    #expect(now == place)
                }
                let lost = before.compactMap(\.self).filter { present.contains($0) && !seated.contains($0) }
                #expect(lost.count <= 1 && lost.allSatisfy { idle.contains($0) })
            }
            let again = places.occupants
            places.assign(candidates, wishes: wishes)
            #expect(places.occupants == again, "the same again changes nothing")
        }
    }
}
