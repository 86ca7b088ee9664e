extension UnsafeMutableRawBufferPointer {
    /// The number in network order at `offset`, which is at least four octets before the end.
    func bigEndianUInt32(at offset: Int) -> UInt32 {
        unsafe UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
