/// Paints test pictures: machine-readable numbers, a clock and the frame number for people, moving parts, and a colour
/// per identity.
package struct TestPattern: Sendable {
    /// The background of the cells.
    package enum Ground: Sendable {
        /// Slow stripes: pleasant to look at.
        case calm
        /// Stripes under noise that changes with each frame, so that the encoder uses its whole bitrate.
        case busy
    }

    package let identity: UInt16
    package let format: PictureFormat
    package let ground: Ground
    private let colour: Colour

    package init(identity: UInt16, format: PictureFormat, ground: Ground = .calm) {
        self.identity = identity
        self.format = format
        self.ground = ground
        colour = Self.colour(of: identity)
    }

    /// The colour of an identity: twelve hues, one after the other.
    package static func colour(of identity: UInt16) -> Colour {
        // Hues in steps of five twelfths of the colour circle, so that neighbouring identities differ.
        let hues: [(u: UInt8, v: UInt8)] = [
            (172, 128), (104, 165), (128, 84), (150, 166), (90, 106), (172, 104), (104, 172), (106, 90), (166, 150),
            (84, 128), (165, 104), (150, 90),
        ]
        let hue = hues[Int(identity) % hues.count]
        return Colour(y: 92, u: hue.u, v: hue.v)
    }

    /// Paints the picture of one frame.
    ///
    /// - Parameters:
    ///   - frame: the frame number; its lowest 12 bits are machine-readable.
    ///   - clock: milliseconds since midnight or any other origin, shown as hours, minutes and seconds.
    package func picture(frame: Int, clock milliseconds: Int) -> Picture {
        var picture = Picture(format)
        paintGround(frame, into: &picture)
        paintCells(PictureNumber(identity: identity, frame: UInt16(truncatingIfNeeded: frame)), into: &picture)
        paintStrip(frame, milliseconds, into: &picture)
        return picture
    }

    private func paintGround(_ frame: Int, into picture: inout Picture) {
        let (width, height) = (format.width, format.height)
        let chroma = width * height
        // One row of stripes, shifted to the left from row to row.
        let period = max(width / 4, 8)
        let stripes = (0..<width + height + period).map { x -> UInt8 in
            let place = (x &+ frame &* period / 60) % period
            let up = place < period / 2 ? place : period - place
            return UInt8(clamping: 60 + 64 * up / period)
        }
        var noise = UInt32(truncatingIfNeeded: frame) &* 2_654_435_761 | 1
        unsafe picture.octets.withUnsafeMutableBufferPointer { octets in
            unsafe stripes.withUnsafeBufferPointer { stripes in
                for row in 0..<height {
                    let start = row * width
                    for column in 0..<width { unsafe octets[start + column] = stripes[column + row] }
                    guard case .busy = ground else { continue }
                    for column in stride(from: 0, to: width, by: 2) {
                        noise = noise &* 1_664_525 &+ 1_013_904_223
                        unsafe octets[start + column] &+= UInt8(truncatingIfNeeded: noise &>> 28)
                    }
                }
            }
            unsafe octets[chroma..<chroma + chroma / 4].update(repeating: colour.u)
            unsafe octets[(chroma + chroma / 4)...].update(repeating: colour.v)
        }
    }

    private func paintCells(_ number: PictureNumber, into picture: inout Picture) {
        let (width, height) = (format.width, format.height * PictureNumber.rows / 6)
        for (index, isLight) in number.cells.enumerated() {
            let (column, row) = (index % PictureNumber.columns, index / PictureNumber.columns)
            let x = column * width / PictureNumber.columns..<(column + 1) * width / PictureNumber.columns
            let y = row * height / PictureNumber.rows..<(row + 1) * height / PictureNumber.rows
            // Readers use the middle half of a cell, so the background in the outer sixth does not disturb them.
            fill(
                x.lowerBound + x.count / 6..<x.upperBound - x.count / 6,
                y.lowerBound + y.count / 6..<y.upperBound - y.count / 6, luma: isLight ? 230 : 20, into: &picture)
        }
    }

    /// The lowest sixth: clock and frame number, and a bar that runs from left to right.
    private func paintStrip(_ frame: Int, _ milliseconds: Int, into picture: inout Picture) {
        let (width, height) = (format.width, format.height)
        let top = height * PictureNumber.rows / 6
        fill(0..<width, top..<height, luma: 16, into: &picture)
        let dot = max(width / 160, 1)
        let line = Self.clock(milliseconds) + " #" + String(frame)
        // On the right, because pages write names on the left.
        let left = width - (line.count * (Glyphs.width + 1) + 4) * dot
        write(line, x: left, y: top + dot * 2, dot: dot, into: &picture)
        let bar = max(width / 16, 4)
        let place = (frame &* max(width / 120, 1)) % (width - bar)
        fill(place..<place + bar, height - max(height / 36, 2)..<height, luma: 210, into: &picture)
    }

    /// `HH:MM:SS.mmm`
    static func clock(_ milliseconds: Int) -> String {
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(count - text.count, 0)) + text
        }
        let seconds = milliseconds / 1_000
        return [digits(seconds / 3_600 % 24, 2), digits(seconds / 60 % 60, 2), digits(seconds % 60, 2)]
            .joined(separator: ":") + "." + digits(milliseconds % 1_000, 3)
    }

    private func write(_ text: String, x: Int, y: Int, dot: Int, into picture: inout Picture) {
        var left = x
        for character in text {
            for (row, bits) in Glyphs.rows(of: character).enumerated() {
                for column in 0..<Glyphs.width where bits &>> UInt8(Glyphs.width - 1 - column) & 1 == 1 {
                    let start = left + column * dot
                    fill(start..<start + dot, y + row * dot..<y + (row + 1) * dot, luma: 235, into: &picture)
                }
            }
            left += (Glyphs.width + 1) * dot
        }
    }

    /// Paints a rectangle, clipped to the picture.
    private func fill(_ x: Range<Int>, _ y: Range<Int>, luma: UInt8, into picture: inout Picture) {
        let columns = x.clamped(to: 0..<format.width)
        for row in y.clamped(to: 0..<format.height) {
            let start = row * format.width
            for index in start + columns.lowerBound..<start + columns.upperBound { picture.octets[index] = luma }
        }
    }
}
