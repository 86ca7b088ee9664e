/// Error correction codewords over GF(256) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (ISO/IEC 18004, section 7.5.2).
enum ReedSolomon {
    /// The remainder of the data, times x^count, by the generator polynomial of `count` roots.
    static func codewords(of data: some Sequence<UInt8>, count: Int) -> [UInt8] {
        let generator = generator(degree: count)
        var remainder = [UInt8](repeating: 0, count: count)
        for octet in data {
            let factor = octet ^ remainder.removeFirst()
            remainder.append(0)
            for index in remainder.indices { remainder[index] ^= multiply(generator[index], factor) }
        }
        return remainder
    }

    /// The product of (x - 2^i) for i below the degree, highest power first, without its leading 1.
    private static func generator(degree: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: degree)
        result[degree - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<degree {
            for index in result.indices {
                result[index] = multiply(result[index], root)
                if index + 1 < degree { result[index] ^= result[index + 1] }
            }
            root = multiply(root, 2)
        }
        return result
    }

    private static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var product: UInt8 = 0
        for bit in (0..<8).reversed() {
            let carry: UInt8 = product & 0x80 == 0 ? 0 : 0x1D
            product = product << 1 ^ carry
            if b >> bit & 1 == 1 { product ^= a }
        }
        return product
    }
}
