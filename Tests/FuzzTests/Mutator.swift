import Foundation
import Primitives
import TestSupport

/// Makes bad input out of good input: flips, cuts, repeats, splices, and numbers at their limits. Seeded.
struct Mutator {
    private var generator: SeededGenerator
    private let corpus: [[UInt8]]

    init(seed: UInt64, corpus: [[UInt8]]) {
        generator = SeededGenerator(seed: seed)
        self.corpus = corpus.isEmpty ? [[0]] : corpus
    }

    /// The next input.
    mutating func next() -> [UInt8] {
        var octets = corpus[Int.random(in: 0..<corpus.count, using: &generator)]
        for _ in 0..<Int.random(in: 1...6, using: &generator) where !octets.isEmpty {
            let place = Int.random(in: 0..<octets.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: octets[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: octets[place] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &generator) ?? 0
            case 2: octets.removeSubrange(place...)
            case 3:
                let end = min(octets.count, place + Int.random(in: 1...64, using: &generator))
                octets.insert(contentsOf: octets[place..<end], at: place)
            case 4: octets.remove(at: place)
            case 5:
                let other = corpus[Int.random(in: 0..<corpus.count, using: &generator)]
                octets.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &generator)))
            default: octets.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            }
            if octets.count > 70_000 { octets.removeSubrange(70_000...) }
        }
        return octets
    }

    /// Calls `body` with inputs for FORESTAGE_FUZZ_SECONDS, or with a fixed number of them where it is not set.
    static func run(_ corpus: [[UInt8]], _ body: ([UInt8]) -> Void) {
        let seconds = ProcessInfo.processInfo.environment["FORESTAGE_FUZZ_SECONDS"].flatMap(Double.init)
        let seed: UInt64 = seconds == nil ? 1 : .random(in: .min ... .max)
        if seconds != nil { print("fuzzing with seed \(seed)") }
        var mutator = Mutator(seed: seed, corpus: corpus)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds ?? 0)
        var rounds = 0
        while rounds < 3_000 || (seconds != nil && clock.now < end) {
            body(mutator.next())
            rounds += 1
        }
    }
}
