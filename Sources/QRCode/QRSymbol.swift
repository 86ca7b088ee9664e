/// A QR code symbol of a few octets (ISO/IEC 18004): byte mode, versions 1 to 10.
package struct QRSymbol: Equatable, Sendable {
    /// How much of the symbol may be unreadable.
    package enum Correction: Sendable {
        /// L: about 7 %.
        case low
        /// M: about 15 %.
        case medium

        /// The two bits of the format information (table 12).
        var formatBits: Int {
            switch self {
            case .low: 0b01
            case .medium: 0b00
            }
        }
    }

    /// Modules of a side, without the quiet zone.
    package let size: Int
    /// Row by row; true is dark.
    private var modules: [Bool]

    /// The smallest symbol that holds the octets; `nil` if version 10 does not.
    ///
    /// - Parameter mask: one of the eight masks; `nil` takes the one with the least penalty (section 7.8.3).
    package init?(_ octets: [UInt8], correction: Correction, mask: Int? = nil) {
        let version = QRVersion.all.first { version in
            4 + version.countBits + 8 * octets.count <= 8 * version.dataCodewords(correction)
        }
        guard let version else { return nil }
        var drawing = QRDrawing(version)
        drawing.place(QRCodewords.make(octets, version, correction))
        let candidates = (mask.map { $0...$0 } ?? 0...7).map { drawing.masked(by: $0, correction) }
        guard let best = candidates.min(by: { QRPenalty.of($0) < QRPenalty.of($1) }) else { return nil }
        self = best
    }

    init(size: Int) {
        self.size = size
        modules = Array(repeating: false, count: size * size)
    }

    /// Whether the module is dark; those outside, which are the quiet zone, are light.
    package subscript(row: Int, column: Int) -> Bool {
        get { (0..<size).contains(row) && (0..<size).contains(column) && modules[row * size + column] }
        set { modules[row * size + column] = newValue }
    }
}
