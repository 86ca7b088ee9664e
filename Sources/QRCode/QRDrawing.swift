/// A symbol under construction: the function patterns, and which modules they take (ISO/IEC 18004, section 6.3).
struct QRDrawing {
    private let version: QRVersion
    private var symbol: QRSymbol
    private var isFunction: [Bool]

    private var size: Int { version.size }

    init(_ version: QRVersion) {
        self.version = version
        symbol = QRSymbol(size: version.size)
        isFunction = Array(repeating: false, count: version.size * version.size)
        drawTiming()
        for (row, column) in [(3, 3), (3, size - 4), (size - 4, 3)] { drawFinder(row, column) }
        drawAlignments()
        drawVersion()
        reserveFormat()
    }

    // MARK: Function patterns

    private mutating func set(_ row: Int, _ column: Int, _ isDark: Bool) {
        guard (0..<size).contains(row), (0..<size).contains(column) else { return }
        symbol[row, column] = isDark
        isFunction[row * size + column] = true
    }

    private mutating func drawTiming() {
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
    }

    /// With its separator, the light modules around it.
    private mutating func drawFinder(_ row: Int, _ column: Int) {
        for y in -4...4 {
            for x in -4...4 {
                let distance = max(abs(x), abs(y))
                set(row + y, column + x, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignments() {
        let centres = version.alignmentCentres
        guard let first = centres.first, let last = centres.last else { return }
        for row in centres {
            for column in centres {
                // Finder patterns have the corners.
                if [(first, first), (first, last), (last, first)].contains(where: { $0 == (row, column) }) { continue }
                for y in -2...2 { for x in -2...2 { set(row + y, column + x, max(abs(x), abs(y)) != 1) } }
            }
        }
    }

    /// From version 7 on, twice, with error correction (section 7.10).
    private mutating func drawVersion() {
        guard version.number >= 7 else { return }
        let bits = version.number << 12 | Self.remainder(version.number, bits: 12, generator: 0x1F25)
        for index in 0..<18 {
            let isDark = bits >> index & 1 == 1
            set(size - 11 + index % 3, index / 3, isDark)
            set(index / 3, size - 11 + index % 3, isDark)
        }
    }

    private mutating func reserveFormat() {
        for (row, column) in formatModules().flatMap({ [$0.first, $0.second] }) { set(row, column, false) }
        set(size - 8, 8, true)
    }

    /// Where each bit of the format information is, the least significant first, in both copies (section 7.9).
    private func formatModules() -> [(first: (Int, Int), second: (Int, Int))] {
        (0..<15).map { bit in
            let first =
                switch bit {
                case 0...5: (bit, 8)
                case 6: (7, 8)
                case 7: (8, 8)
                case 8: (8, 7)
                default: (8, 14 - bit)
                }
            return (first, bit < 8 ? (8, size - 1 - bit) : (size - 15 + bit, 8))
        }
    }

    /// The remainder of a Bose-Chaudhuri-Hocquenghem code (annexes C and D).
    private static func remainder(_ value: Int, bits: Int, generator: Int) -> Int {
        var rest = value
        for _ in 0..<bits { rest = rest << 1 ^ (rest >> (bits - 1)) * generator }
        return rest
    }

    // MARK: Data

    /// Places the codewords in columns of two, from the right, upwards and downwards in turn (section 7.7.3).
    mutating func place(_ codewords: [UInt8]) {
        var bits = codewords.lazy.flatMap { octet in (0..<8).reversed().map { octet >> $0 & 1 == 1 } }.makeIterator()
        var isUpward = true
        for right in stride(from: size - 1, to: 0, by: -2) {
            // The column of the timing pattern is left out.
            let right = right <= 6 ? right - 1 : right
            for step in 0..<size {
                let row = isUpward ? size - 1 - step : step
                for column in [right, right - 1] where !isFunction[row * size + column] {
                    symbol[row, column] = bits.next() ?? false
                }
            }
            isUpward.toggle()
        }
    }

    /// The symbol with one of the eight masks and the format information that names it (sections 7.8.2 and 7.9).
    func masked(by mask: Int, _ correction: QRSymbol.Correction) -> QRSymbol {
        var symbol = symbol
        for row in 0..<size {
            for column in 0..<size where !isFunction[row * size + column] && Self.inverts(mask, row, column) {
                symbol[row, column].toggle()
            }
        }
        let data = correction.formatBits << 3 | mask
        let bits = (data << 10 | Self.remainder(data, bits: 10, generator: 0x537)) ^ 0x5412
        for (bit, places) in formatModules().enumerated() {
            for (row, column) in [places.first, places.second] { symbol[row, column] = bits >> bit & 1 == 1 }
        }
        return symbol
    }

    private static func inverts(_ mask: Int, _ row: Int, _ column: Int) -> Bool {
        switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: row * column % 2 + row * column % 3 == 0
        case 6: (row * column % 2 + row * column % 3) % 2 == 0
        default: ((row + column) % 2 + row * column % 3) % 2 == 0
        }
    }
}
