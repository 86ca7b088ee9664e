/// A picture in I420: a plane of luma, then two planes of chroma of half the width and height, without padding.
package struct Picture: Equatable, Sendable {
    package let format: PictureFormat
    /// The planes Y, U and V, concatenated.
    package var octets: [UInt8]

    /// A black picture; width and height are even.
    package init(_ format: PictureFormat) {
        self.format = format
        let luma = format.width * format.height
        octets = Array(repeating: 16, count: luma) + Array(repeating: 128, count: luma / 2)
    }

    /// The mean luma of a rectangle within the picture.
    package func meanLuma(x: Range<Int>, y: Range<Int>) -> Int {
        guard !x.isEmpty, !y.isEmpty else { return 0 }
        var sum = 0
        for row in y {
            for column in x { sum += Int(octets[row * format.width + column]) }
        }
        return sum / (x.count * y.count)
    }
}

/// A colour in studio range, BT.601.
package struct Colour: Hashable, Sendable {
    package var y: UInt8
    package var u: UInt8
    package var v: UInt8

    package init(y: UInt8, u: UInt8, v: UInt8) {
        self.y = y
        self.u = u
        self.v = v
    }

    /// The same hue at another brightness.
    func with(luma: UInt8) -> Colour { Colour(y: luma, u: u, v: v) }
}
