import Forwarding
import Primitives

// Here and not beside the type, because the compiler inlines no `package` function of another module.
extension HeaderTemplate {
    /// Writes the header of one packet.
    ///
    /// - Parameter destination: at least `HeaderLayout.maximumOctets` octets, all of which are written.
    @inline(__always) func write(
        _ packet: UnsafePointer<StoredPacket>, sequence: UInt16, timestamp: UInt32, transportSequence: UInt16,
        to destination: UnsafeMutablePointer<UInt8>
    ) {
        let raw = UnsafeMutableRawPointer(destination)
        unsafe raw.storeBytes(of: octets.0, as: UInt64.self)
        unsafe raw.storeBytes(of: octets.1, toByteOffset: 8, as: UInt64.self)
        unsafe raw.storeBytes(of: octets.2, toByteOffset: 16, as: UInt64.self)
        unsafe raw.storeBytes(of: octets.3, toByteOffset: 24, as: UInt64.self)
        if unsafe packet.pointee.paddingCount != 0 { unsafe destination[0] |= HeaderLayout.paddingBit }
        unsafe destination[1] = payloadType | (packet.pointee.isMarked ? 0x80 : 0)
        unsafe raw.storeBytes(of: sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
        unsafe raw.storeBytes(of: timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        if transportSequenceOffset != 0 {
            unsafe raw.storeBytes(
                of: transportSequence.bigEndian, toByteOffset: transportSequenceOffset, as: UInt16.self)
        }
        if octetOffset != 0, let octet = unsafe isSound ? packet.pointee.audioLevel : packet.pointee.videoOrientation {
            unsafe raw.storeBytes(of: elementPrefix, toByteOffset: elementOffset, as: UInt16.self)
            unsafe destination[octetOffset] = octet
        }
    }
}
