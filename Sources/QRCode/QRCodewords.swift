/// The codewords of a symbol: the data in byte mode, divided into blocks, each with its error correction, interleaved
/// (ISO/IEC 18004, sections 7.4 to 7.6).
enum QRCodewords {
    /// What fills the data codewords that the text leaves free (section 7.4.10).
    private static let padding: [UInt8] = [0xEC, 0x11]

    static func make(_ octets: [UInt8], _ version: QRVersion, _ correction: QRSymbol.Correction) -> [UInt8] {
        let data = data(octets, version, capacity: version.dataCodewords(correction))
        let layout = version.blocks(correction)
        // The first blocks are one codeword shorter than the others where the division leaves a remainder.
        let short = data.count / layout.count
        let shortBlocks = layout.count - data.count % layout.count
        var blocks: [ArraySlice<UInt8>] = []
        var start = 0
        for index in 0..<layout.count {
            let end = start + short + (index < shortBlocks ? 0 : 1)
            blocks.append(data[start..<end])
            start = end
        }
        let corrections = blocks.map { ReedSolomon.codewords(of: $0, count: layout.correctionOctets) }
        return interleaved(blocks) + interleaved(corrections.map { $0[...] })
    }

    private static func interleaved(_ blocks: [ArraySlice<UInt8>]) -> [UInt8] {
        let longest = blocks.map(\.count).max() ?? 0
        return (0..<longest).flatMap { place in
            blocks.compactMap { block in place < block.count ? block[block.startIndex + place] : nil }
        }
    }

    private static func data(_ octets: [UInt8], _ version: QRVersion, capacity: Int) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) {
            bits += (0..<count).reversed().map { value >> $0 & 1 == 1 }
        }
        append(0b0100, 4)
        append(octets.count, version.countBits)
        for octet in octets { append(Int(octet), 8) }
        // The terminator, then zeros up to a whole codeword.
        append(0, min(4, capacity * 8 - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var data = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        for index in 0..<capacity - data.count { data.append(padding[index % 2]) }
        return data
    }
}
