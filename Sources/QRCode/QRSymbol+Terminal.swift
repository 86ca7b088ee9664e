extension QRSymbol {
    /// Light modules around the symbol (section 6.3.8).
    package static let quietZone = 4

    /// The symbol for a terminal, two rows of modules a line. Black and white are named as such, so that it can be read on
    /// dark and on light backgrounds.
    package var terminalLines: [String] {
        let columns = -Self.quietZone..<size + Self.quietZone
        return stride(from: -Self.quietZone, to: size + Self.quietZone, by: 2).map { row in
            let blocks = columns.map { column in
                switch (self[row, column], self[row + 1, column]) {
                case (false, false): " "
                case (true, false): "▀"
                case (false, true): "▄"
                case (true, true): "█"
                }
            }
            // Colours 16 and 231 of the 256 are black and white whatever the terminal's theme is.
            return "\u{1B}[38;5;16;48;5;231m" + blocks.joined() + "\u{1B}[0m"
        }
    }
}
