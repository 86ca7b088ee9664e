/// Writes what ITU-T H.264 section 7.3.2.1.1 reads.
enum H264ParameterSet {
    /// A sequence parameter set of the Baseline profile for pictures of whole macroblocks, without cropping.
    static func baseline(width: Int, height: Int) -> [UInt8] {
        var bits: [Bool] = []
        func number(_ value: Int) {
            let code = value + 1
            let length = Int.bitWidth - code.leadingZeroBitCount
            bits += Array(repeating: false, count: length - 1)
            for bit in stride(from: length - 1, through: 0, by: -1) { bits.append(code >> bit & 1 == 1) }
        }
        // seq_parameter_set_id, log2_max_frame_num_minus4, pic_order_cnt_type, max_num_ref_frames.
        for value in [0, 0, 2, 1] { number(value) }
        bits.append(false)
        number(width / 16 - 1)
        number(height / 16 - 1)
        // frame_mbs_only_flag, direct_8x8_inference_flag, no cropping, no VUI, the stop bit.
        bits += [true, true, false, false, true]
        while bits.count % 8 != 0 { bits.append(false) }
        var octets: [UInt8] = [0x67, 0x42, 0xC0, 0x1F]
        for start in stride(from: 0, to: bits.count, by: 8) {
            octets.append(bits[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
        }
        return octets
    }
}
