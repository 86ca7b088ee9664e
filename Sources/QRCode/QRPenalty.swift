/// How hard a masked symbol is to read: the mask with the least penalty is taken (ISO/IEC 18004, section 7.8.3, table 11).
enum QRPenalty {
    /// Weights of the four features.
    private static let run = 3
    private static let block = 3
    private static let finder = 40
    private static let balance = 10

    static func of(_ symbol: QRSymbol) -> Int {
        let range = 0..<symbol.size
        let rows = range.map { row in range.map { symbol[row, $0] } }
        let columns = range.map { column in range.map { symbol[$0, column] } }
        let lines = rows + columns
        return lines.map { runs($0) + finders($0) }.reduce(0, +) + blocks(symbol) + imbalance(rows)
    }

    /// Five or more modules of one colour in a line.
    private static func runs(_ line: [Bool]) -> Int {
        var penalty = 0
        var length = 0
        for (index, module) in line.enumerated() {
            length = index > 0 && line[index - 1] == module ? length + 1 : 1
            if length == 5 { penalty += run } else if length > 5 { penalty += 1 }
        }
        return penalty
    }

    /// What looks like a finder pattern: dark and light as 1:1:3:1:1 with four light modules before or after; beyond the
    /// symbol's edge all is light.
    private static func finders(_ line: [Bool]) -> Int {
        let pattern = [true, false, true, true, true, false, true]
        var penalty = 0
        for start in 0...(line.count - pattern.count) where line[start..<start + pattern.count].elementsEqual(pattern) {
            let before = line[max(0, start - 4)..<start]
            let after = line[(start + pattern.count)..<min(line.count, start + pattern.count + 4)]
            if !before.contains(true) || !after.contains(true) { penalty += finder }
        }
        return penalty
    }

    /// Squares of two by two modules of one colour.
    private static func blocks(_ symbol: QRSymbol) -> Int {
        var penalty = 0
        for row in 1..<symbol.size {
            for column in 1..<symbol.size {
                let module = symbol[row, column]
                if symbol[row - 1, column] == module, symbol[row, column - 1] == module,
                    symbol[row - 1, column - 1] == module
                {
                    penalty += block
                }
            }
        }
        return penalty
    }

    /// Each step of 5 % by which the dark modules are more or fewer than half.
    private static func imbalance(_ rows: [[Bool]]) -> Int {
        let dark = rows.map { $0.count { $0 } }.reduce(0, +)
        let total = rows.count * rows.count
        return abs(dark * 20 - total * 10) / total * balance
    }
}
