import Forwarding
import Primitives

// Here and not beside the type, because the compiler inlines no `package` function of another module. The subscription is a pointer,
// so that only those fields of its template are read that are used.
extension Subscription {
    /// Writes the header of one of the slot's packets, but for its transport-wide number.
    ///
    /// - Parameters:
    ///   - sequence: its 16 low bits are written.
    ///   - destination: at least `HeaderLayout.maximumOctets` octets, all of which are written.
    @inline(__always) static func writeHeader(
        of packet: UnsafePointer<BatchPacket>, through subscription: UnsafePointer<Subscription>, sequence: Int64,
        timestamp: UInt32, to destination: UnsafeMutablePointer<UInt8>
    ) {
        let raw = UnsafeMutableRawPointer(destination)
        let first =
            unsafe subscription.pointee.template.first | packet.pointee.bits
            | UInt64(UInt16(truncatingIfNeeded: sequence)) &<< 32 | UInt64(timestamp)
        unsafe raw.storeBytes(of: first.bigEndian, as: UInt64.self)
        unsafe raw.storeBytes(of: subscription.pointee.template.rest.0, toByteOffset: 8, as: UInt64.self)
        unsafe raw.storeBytes(of: subscription.pointee.template.rest.1, toByteOffset: 16, as: UInt64.self)
        unsafe raw.storeBytes(of: subscription.pointee.template.rest.2, toByteOffset: 24, as: UInt64.self)
        if unsafe packet.pointee.hasOctet, unsafe subscription.pointee.template.octetOffset != 0 {
            unsafe raw.storeBytes(
                of: subscription.pointee.template.elementPrefix,
                toByteOffset: subscription.pointee.template.elementOffset, as: UInt16.self)
            unsafe destination[subscription.pointee.template.octetOffset] = packet.pointee.octet
        }
    }

    /// Writes the low bits of the transport-wide number into a header that has a place for it.
    @inline(__always) static func writeTransportSequence(
        _ number: Int64, through subscription: UnsafePointer<Subscription>,
        to destination: UnsafeMutablePointer<UInt8>
    ) {
        unsafe UnsafeMutableRawPointer(destination).storeBytes(
            of: UInt16(truncatingIfNeeded: number).bigEndian,
            toByteOffset: subscription.pointee.template.transportSequenceOffset, as: UInt16.self)
    }
}
