/// The machine-readable numbers of a test picture: black and light cells in 8 columns and 5 rows over the upper five
/// sixths. Rows 0-2 hold the identity (16 bits) and its check (8 bits), rows 3-4 the frame number (12 bits) and its
/// check (4 bits), most significant first. The layout is that of the browser tests' painter, so that each can read the
/// other's pictures.
package struct PictureNumber: Equatable, Sendable {
    package static let columns = 8
    package static let rows = 5
    /// Frame numbers wrap after this one.
    package static let frameMask: UInt16 = 0xFFF

    package var identity: UInt16
    /// 12 bits
    package var frame: UInt16

    package init(identity: UInt16, frame: UInt16) {
        self.identity = identity
        self.frame = frame & Self.frameMask
    }

    /// CRC-8 (polynomial 0x07, begun with 0xFF) over `bits` bits of `value`, the most significant first.
    static func check(_ value: UInt16, bits: Int) -> UInt8 {
        var crc: UInt8 = 0xFF
        for bit in stride(from: bits - 1, through: 0, by: -1) {
            let carry = (crc &>> 7) ^ UInt8(truncatingIfNeeded: value &>> UInt16(bit)) & 1
            crc = crc &<< 1 ^ (carry & 1 == 1 ? 0x07 : 0)
        }
        return crc
    }

    /// The forty cells: true is light.
    package var cells: [Bool] {
        var cells: [Bool] = []
        func put(_ value: UInt16, _ count: Int) {
            for bit in stride(from: count - 1, through: 0, by: -1) { cells.append(value &>> UInt16(bit) & 1 == 1) }
        }
        put(identity, 16)
        put(UInt16(Self.check(identity, bits: 16)), 8)
        put(frame, 12)
        put(UInt16(Self.check(frame, bits: 12) & 0xF), 4)
        return cells
    }

    /// Reads a decoded picture of any size; `nil` if a check fails.
    package init?(reading picture: Picture) {
        let (width, height) = (picture.format.width, picture.format.height)
        guard width >= Self.columns * 4, height >= Self.rows * 6 else { return nil }
        func bit(_ index: Int) -> UInt16 {
            let x = Self.middle(of: index % Self.columns, among: Self.columns, over: width)
            let y = Self.middle(of: index / Self.columns, among: Self.rows, over: height * Self.rows / 6)
            return picture.meanLuma(x: x, y: y) > 125 ? 1 : 0
        }
        func take(_ from: Int, _ count: Int) -> UInt16 {
            (from..<from + count).reduce(0) { $0 &<< 1 | bit($1) }
        }
        identity = take(0, 16)
        frame = take(24, 12)
        guard take(16, 8) == UInt16(Self.check(identity, bits: 16)),
            take(36, 4) == UInt16(Self.check(frame, bits: 12) & 0xF)
        else { return nil }
    }

    /// The middle half of the cell `index` of `count` cells over `octets` pixels.
    private static func middle(of index: Int, among count: Int, over pixels: Int) -> Range<Int> {
        let start = index * pixels / count
        let end = (index + 1) * pixels / count
        let quarter = (end - start) / 4
        return start + quarter..<max(end - quarter, start + quarter + 1)
    }
}
