import Primitives

#if canImport(CIPSecMB)
    import CIPSecMB

    // Public, because the compiler inlines no `package` function of another module; only signatures of the standard
    // library's types are, so nothing else has to be. Safe to use: only the engine makes one, of its own parts.

    /// The sealing of ``SealingEngine`` for many packets of one SSRC to one peer, with AEAD_AES_128_GCM on libipsec-mb: what
    /// is the same for all of them is worked out once. Valid as long as the key and the engine.
    @safe public struct GCMRun {
        @usableFromInline static let tagOctets = 16

        @usableFromInline let encrypt: forestage_gcm_encrypt
        @usableFromInline let context: OpaquePointer
        @usableFromInline let schedule: OpaquePointer
        /// The vector of index 0: its lower half as a big-endian number.
        @usableFromInline let low: UInt64
        /// The vector of the packet that is being sealed, as it lies in memory.
        @usableFromInline var vector: (UInt64, UInt64)
        @usableFromInline let headerCount: Int

        init(
            encrypt: forestage_gcm_encrypt, context: OpaquePointer, schedule: OpaquePointer,
            vector: InitializationVector, headerCount: Int
        ) {
            unsafe self.encrypt = unsafe encrypt
            unsafe self.context = unsafe context
            unsafe self.schedule = unsafe schedule
            low = vector.low
            self.vector = vector.wire
            self.headerCount = headerCount
        }

        /// Protects one packet and returns its length; as ``SealingEngine``'s `seal`, complete on return.
        ///
        /// - Parameters:
        ///   - index: within what the run was made for.
        ///   - payloadCount: no more than the run was made for.
        @inlinable @inline(__always) public mutating func seal(
            index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
        ) -> Int {
            let count = headerCount &+ payloadCount
            // RFC 7714 section 8.1: 48 bits of index at the end of the vector. The upper 16 are those of the whole run.
            vector.1 = (low ^ (index &<< 32)).bigEndian
            unsafe withUnsafeBytes(of: &vector) { vector in
                unsafe encrypt(
                    schedule, context, packet + headerCount, payload, UInt64(truncatingIfNeeded: payloadCount),
                    vector.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), packet,
                    UInt64(truncatingIfNeeded: headerCount), packet + count, UInt64(Self.tagOctets))
            }
            return count &+ Self.tagOctets
        }
    }
#else
    /// Where libipsec-mb does not run, there is none.
    public enum GCMRun {
        /// Never called.
        public mutating func seal(
            index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
        ) -> Int {
            switch self {}
        }
    }
#endif

extension SealingEngine {
    /// What seals packets of `ssrc`, all with headers of `headerCount` octets, with a key of this engine in a loop; `nil`
    /// where that takes ``seal(_:index:ssrc:packet:headerCount:payload:payloadCount:)`` for each.
    ///
    /// - Parameters:
    ///   - largestPayload: the most octets that a packet's payload has.
    ///   - indices: all that packets have, below 2^48; their upper 16 bits are the same.
    package func gcmRun(
        _ key: SealingKeyReference, ssrc: UInt32, headerCount: Int, largestPayload: Int, indices: ClosedRange<UInt64>
    ) -> GCMRun? {
        #if canImport(CIPSecMB)
            guard let gcmEncrypt = unsafe gcmEncrypt, let gcmContext = unsafe gcmContext,
                headerCount >= SRTPLimits.minimumRTPHeaderOctets, largestPayload <= SRTPLimits.maximumPacketOctets,
                headerCount <= SRTPLimits.maximumPacketOctets &- GCMRun.tagOctets &- largestPayload,
                indices.upperBound <= SRTPLimits.maximumRTPIndex,
                indices.lowerBound &>> 32 == indices.upperBound &>> 32, key.sealsByGCMRun
            else { return nil }
            return unsafe GCMRun(
                encrypt: gcmEncrypt, context: gcmContext, schedule: OpaquePointer(key.schedule),
                vector: key.salt.initializationVector(ssrc: ssrc, index: indices.lowerBound & ~0xFFFF_FFFF), headerCount: headerCount)
        #else
            return nil
        #endif
    }
}
