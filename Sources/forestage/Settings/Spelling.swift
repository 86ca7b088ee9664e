/// How far apart two spellings are.
enum Spelling {
    /// The candidate nearest to a text, case aside; a whole part of a candidate (`ports` of `media.ports`) is near too.
    static func nearest(to text: String, among candidates: [String]) -> String? {
        let text = clipped(text)
        func distance(_ candidate: String) -> Int {
            let words = clipped(candidate)
            let whole = changes(text, words)
            guard let last = candidate.split(separator: ".").last else { return whole }
            return min(whole, changes(text, clipped(String(last))) + 1)
        }
        return candidates.min { (distance($0), $0) < (distance($1), $1) }
    }

    private static func clipped(_ text: String) -> [Character] { Array(text.lowercased().prefix(64)) }

    /// Insertions, removals and replacements that make one of the other (Levenshtein).
    private static func changes(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, character) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let replaced = diagonal + (character == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
