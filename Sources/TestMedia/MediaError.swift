/// An error of a codec library.
package enum MediaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A codec could not be opened with these settings.
    case cannotOpen(String)
    /// A frame or audio packet could not be encoded, with the library's error number.
    case cannotEncode(String, code: Int32)
    /// A picture whose size is not the encoder's.
    case wrongSize(expected: PictureFormat, got: PictureFormat)

    package var description: String {
        switch self {
        case .cannotOpen(let what): "cannot open \(what)"
        case .cannotEncode(let what, let code): "cannot encode \(what) (error \(code))"
        case .wrongSize(let expected, let got): "a picture of \(expected) was expected, this one has \(got)"
        }
    }
}

/// A size in pixels.
package struct PictureFormat: Hashable, Sendable, CustomStringConvertible {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Parses `640x360`: even numbers from 16 to 4096.
    package init?(_ text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]) else { return nil }
        let allowed = 16...4_096
        guard allowed.contains(width), allowed.contains(height), width.isMultiple(of: 2), height.isMultiple(of: 2)
        else { return nil }
        self.init(width: width, height: height)
    }

    package var description: String { "\(width)x\(height)" }

    /// This size divided by `divisor`, rounded down to even numbers.
    package func divided(by divisor: Int) -> PictureFormat {
        PictureFormat(width: max(width / divisor & ~1, 16), height: max(height / divisor & ~1, 16))
    }
}
