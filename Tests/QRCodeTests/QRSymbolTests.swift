import TestSupport
import Testing

@testable import QRCode

/// Symbols compared with those that the Python package qrcode makes (qr_symbols.json).
struct QRSymbolTests {
    private struct Expected: Decodable {
        var text: String
        var correction: String
        var mask: Int
        /// Each row in hexadecimal after a leading 1 bit; a 1 is dark.
        var rows: [String]
    }

    private func rows(_ symbol: QRSymbol) -> [String] {
        (0..<symbol.size).map { row in
            (0..<symbol.size).reduce("1") { $0 + (symbol[row, $1] ? "1" : "0") }
        }
    }

    private func binary(_ hexadecimal: String) -> String {
        hexadecimal.compactMap { $0.hexDigitValue }.map { String($0 + 16, radix: 2).dropFirst() }.joined()
            .drop { $0 == "0" }.description
    }

    @Test func everyModuleIsWhereAnotherEncoderPutsIt() throws {
        let symbols: [Expected] = try Fixture.json("qr_symbols.json")
        #expect(symbols.count > 15)
        for wanted in symbols {
            let symbol = try #require(
                QRSymbol(
                    Array(wanted.text.utf8), correction: wanted.correction == "L" ? .low : .medium, mask: wanted.mask))
            #expect(rows(symbol) == wanted.rows.map(binary), "\(wanted.text) \(wanted.correction) \(wanted.mask)")
        }
    }

    @Test func theMaskWithTheLeastPenaltyIsTaken() throws {
        let text = Array("https://192.168.1.20:8443/".utf8)
        let masked = try (0...7).map { try #require(QRSymbol(text, correction: .medium, mask: $0)) }
        let least = masked.min { QRPenalty.of($0) < QRPenalty.of($1) }
        #expect(QRSymbol(text, correction: .medium) == least)
        #expect(Set(masked.map(QRPenalty.of)).count > 1)
    }

    @Test func eachFeatureHasItsPenalty() {
        func penalty(_ isDark: (_ row: Int, _ column: Int) -> Bool) -> Int {
            var symbol = QRSymbol(size: 20)
            for row in 0..<20 { for column in 0..<20 { symbol[row, column] = isDark(row, column) } }
            return QRPenalty.of(symbol)
        }
        // A chessboard has none of the four.
        #expect(penalty { ($0 + $1) % 2 == 0 } == 0)
        // Twenty columns of twenty modules of one colour, and nothing else.
        #expect(penalty { $1 % 2 == 0 } == 20 * (3 + 15))
        // All is light: forty lines, 19 x 19 squares, and half of the modules too few.
        #expect(penalty { _, _ in false } == 40 * 18 + 361 * 3 + 10 * 10)
        // A chessboard with a finder's line at the edge of one row, of which four modules differ.
        let finder = [true, false, true, true, true, false, true]
        #expect(penalty { $0 == 0 && $1 < 7 ? finder[$1] : ($0 + $1) % 2 == 0 } >= 40)
    }

    @Test func theSmallestVersionIsTakenUntilTheTenthIsFull() {
        for (octets, correction, size) in [
            (0, QRSymbol.Correction.medium, 21), (14, .medium, 21), (15, .medium, 25), (17, .low, 21), (18, .low, 25),
            (180, .medium, 53), (181, .medium, 57), (213, .medium, 57), (230, .low, 53), (271, .low, 57),
        ] {
            #expect(QRSymbol([UInt8](repeating: 0x61, count: octets), correction: correction)?.size == size)
        }
        #expect(QRSymbol([UInt8](repeating: 0x61, count: 214), correction: .medium) == nil)
        #expect(QRSymbol([UInt8](repeating: 0x61, count: 272), correction: .low) == nil)
    }

    @Test func theTerminalShowsTwoRowsOfModulesALineWithinAQuietZone() throws {
        let symbol = try #require(QRSymbol(Array("A".utf8), correction: .low))
        let lines = symbol.terminalLines
        #expect(lines.count == 15)
        let begin = "\u{1B}[38;5;16;48;5;231m"
        let plain = lines.map { $0.dropFirst(begin.count).dropLast(4) }
        #expect(lines.allSatisfy { $0.hasPrefix(begin) && $0.hasSuffix("\u{1B}[0m") })
        #expect(plain.allSatisfy { $0.count == 29 })
        #expect(plain[0].allSatisfy { $0 == " " } && plain[1].allSatisfy { $0 == " " })
        // Seven dark modules above a dark one, five light ones and a dark one: the top of a finder pattern.
        #expect(plain[2].hasPrefix("    █▀▀▀▀▀█ "))
        #expect(plain[14].allSatisfy { $0 == " " })
    }
}
