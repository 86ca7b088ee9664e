import Primitives
import RTP

/// Precomputed RTP header of a slot: the constant fields are filled in, and the offsets of the variable ones are known. The
/// written octets are identical to those of `HeaderLayout.write`.
package struct HeaderTemplate: Sendable {
    /// Of the first octets as a big-endian number: whether padding follows, and the marker.
    package static let paddingBit: UInt64 = 0x2000_0000_0000_0000
    package static let markerBit: UInt64 = 0x0080_0000_0000_0000

    /// The first eight octets as a big-endian number, with zeros where sequence number and timestamp belong.
    package let first: UInt64
    /// What follows as it lies in memory, and zeros up to `HeaderLayout.maximumOctets`.
    package let rest: (UInt64, UInt64, UInt64)
    /// Octets of the header.
    package let count: Int
    /// Where the transport-wide sequence number stands; 0 where there is none.
    package let transportSequenceOffset: Int
    /// Where the element of the audio level or the video orientation begins and where its octet stands; 0 where there is
    /// none.
    package let elementOffset: Int
    package let octetOffset: Int
    /// What stands in front of the octet, as it lies in memory.
    package let elementPrefix: UInt16

    init(_ layout: HeaderLayout, payloadType: UInt8, ssrc: UInt32, csrc: UInt32) {
        let fields = HeaderLayout.Fields(
            payloadType: payloadType, isMarked: false, sequence: 0, timestamp: 0, ssrc: ssrc, csrc: csrc,
            transportSequence: 0)
        var octets: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        count = unsafe withUnsafeMutableBytes(of: &octets) { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe layout.write(fields, to: base.assumingMemoryBound(to: UInt8.self))
        }
        first = UInt64(bigEndian: octets.0)
        rest = (octets.1, octets.2, octets.3)
        let places = layout.places
        transportSequenceOffset = places.transportSequence
        elementOffset = places.element
        octetOffset = places.octet
        elementPrefix = places.prefix
    }
}
