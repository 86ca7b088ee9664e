import Forwarding
import Primitives

// Here and not beside the type, because the compiler inlines no `package` function of another module.
extension HeaderTemplate {
    /// Writes the header of one packet.
    ///
    /// - Parameters:
    ///   - sequence: its 16 low bits are written.
    ///   - transportSequence: the same.
    ///   - destination: at least `HeaderLayout.maximumOctets` octets, all of which are written.
    @inline(__always) func write(
        _ packet: UnsafePointer<BatchPacket>, sequence: Int64, timestamp: UInt32, transportSequence: Int64,
        to destination: UnsafeMutablePointer<UInt8>
    ) {
        let raw = UnsafeMutableRawPointer(destination)
        let first =
            unsafe self.first | packet.pointee.bits
            | UInt64(UInt16(truncatingIfNeeded: sequence)) &<< 32 | UInt64(timestamp)
        unsafe raw.storeBytes(of: first.bigEndian, as: UInt64.self)
        unsafe raw.storeBytes(of: rest.0, toByteOffset: 8, as: UInt64.self)
        unsafe raw.storeBytes(of: rest.1, toByteOffset: 16, as: UInt64.self)
        unsafe raw.storeBytes(of: rest.2, toByteOffset: 24, as: UInt64.self)
        if transportSequenceOffset != 0 {
            unsafe raw.storeBytes(
                of: UInt16(truncatingIfNeeded: transportSequence).bigEndian, toByteOffset: transportSequenceOffset,
                as: UInt16.self)
        }
        if octetOffset != 0, unsafe packet.pointee.hasOctet {
            unsafe raw.storeBytes(of: elementPrefix, toByteOffset: elementOffset, as: UInt16.self)
            unsafe destination[octetOffset] = packet.pointee.octet
        }
    }
}
