/// A size of QR symbols with its capacity (ISO/IEC 18004, section 6.5.1, tables 7 and 9): versions 1 to 10 suffice for
/// addresses of web pages.
struct QRVersion: Sendable {
    /// How one version and correction level divides its codewords: (blocks, error correction codewords of each).
    typealias Blocks = (count: Int, correctionOctets: Int)

    let number: Int
    /// Data and error correction codewords together.
    let codewords: Int
    let low: Blocks
    let medium: Blocks
    /// The rows and columns of the centres of alignment patterns.
    let alignmentCentres: [Int]

    static let all: [QRVersion] = [
        QRVersion(number: 1, codewords: 26, low: (1, 7), medium: (1, 10), alignmentCentres: []),
        QRVersion(number: 2, codewords: 44, low: (1, 10), medium: (1, 16), alignmentCentres: [6, 18]),
        QRVersion(number: 3, codewords: 70, low: (1, 15), medium: (1, 26), alignmentCentres: [6, 22]),
        QRVersion(number: 4, codewords: 100, low: (1, 20), medium: (2, 18), alignmentCentres: [6, 26]),
        QRVersion(number: 5, codewords: 134, low: (1, 26), medium: (2, 24), alignmentCentres: [6, 30]),
        QRVersion(number: 6, codewords: 172, low: (2, 18), medium: (4, 16), alignmentCentres: [6, 34]),
        QRVersion(number: 7, codewords: 196, low: (2, 20), medium: (4, 18), alignmentCentres: [6, 22, 38]),
        QRVersion(number: 8, codewords: 242, low: (2, 24), medium: (4, 22), alignmentCentres: [6, 24, 42]),
        QRVersion(number: 9, codewords: 292, low: (2, 30), medium: (5, 22), alignmentCentres: [6, 26, 46]),
        QRVersion(number: 10, codewords: 346, low: (4, 18), medium: (5, 26), alignmentCentres: [6, 28, 50]),
    ]

    /// Modules of a side.
    var size: Int { 17 + 4 * number }

    func blocks(_ correction: QRSymbol.Correction) -> Blocks {
        switch correction {
        case .low: low
        case .medium: medium
        }
    }

    func dataCodewords(_ correction: QRSymbol.Correction) -> Int {
        let blocks = blocks(correction)
        return codewords - blocks.count * blocks.correctionOctets
    }

    /// Bits of the count of octets in byte mode (table 3).
    var countBits: Int { number < 10 ? 8 : 16 }
}
