import Primitives

// Functions of the packet path are public, because the compiler inlines no `package` function of another module. Their
// signatures use only types of the standard library, so that no other type must be public. Safe to use: only the engine
// makes a `GCMSealer`.

#if canImport(CIPSecMB)
    import CIPSecMB

    /// The libipsec-mb functions with which an engine seals AEAD_AES_128_GCM. Valid as long as the engine.
    @safe public struct GCMSealer {
        @usableFromInline let encrypt: forestage_gcm_encrypt
        @usableFromInline let context: OpaquePointer

        /// The largest payload in octets, after a header of up to ``largestHeader`` octets.
        package static let largestPayload = SRTPLimits.maximumPacketOctets - GCMBatch.tagOctets - largestHeader
        @inlinable package static var largestHeader: Int { 64 }

        /// `nil` if the engine does not seal with libipsec-mb.
        init?(_ multiBuffer: OpaquePointer?) {
            guard let multiBuffer = unsafe multiBuffer,
                let encrypt = unsafe forestage_ipsecmb_gcm_encrypt(multiBuffer),
                let context = unsafe forestage_ipsecmb_gcm_context(multiBuffer)
            else { return nil }
            unsafe self.encrypt = unsafe encrypt
            unsafe self.context = unsafe context
        }
    }

    /// Seals many packets of one SSRC to one peer, as ``SealingEngine`` does, with everything precomputed that is equal
    /// for all of them. Valid as long as the key and the engine.
    @safe public struct GCMBatch {
        @usableFromInline static let tagOctets = 16

        @usableFromInline let sealer: GCMSealer
        @usableFromInline let schedule: OpaquePointer
        /// The lower half of the initialization vector of index 0, as a big-endian number.
        @usableFromInline let low: UInt64
        /// The initialization vector of the current packet, in memory order.
        @usableFromInline var vector: (UInt64, UInt64)
        @usableFromInline let headerCount: Int

        /// `nil` if the engine must seal the packets one by one: for a key of another kind, for longer headers, or if
        /// the indices differ above their lower 32 bits.
        ///
        /// - Parameters:
        ///   - key: of the engine that `sealer` belongs to.
        ///   - headerCount: octets of every header, 12 to ``GCMSealer/largestHeader``.
        ///   - first: the lowest index.
        ///   - last: the highest index.
        @inlinable @inline(__always) public init?(
            _ sealer: GCMSealer, _ key: SealingKeyReference, ssrc: UInt32, headerCount: Int, first: UInt64, last: UInt64
        ) {
            guard key.sealsByGCMBatch, headerCount <= GCMSealer.largestHeader, first &>> 32 == last &>> 32,
                last &>> 48 == 0
            else { return nil }
            self.sealer = sealer
            unsafe schedule = OpaquePointer(key.schedule)
            low = key.saltLow
            // RFC 7714 section 8.1: two zero octets, SSRC, 48 bits of index.
            vector = ((key.saltHigh ^ UInt64(ssrc) &<< 16 ^ first &>> 32).bigEndian, 0)
            self.headerCount = headerCount
        }

        /// Octets of a protected packet.
        @inlinable @inline(__always) public func packetOctets(payloadCount: Int) -> Int {
            headerCount &+ payloadCount &+ Self.tagOctets
        }

        /// Protects one packet and returns its length; as ``SealingEngine``'s `seal`, complete on return.
        ///
        /// - Parameters:
        ///   - index: an index from `first` to `last`.
        ///   - payloadCount: no more than ``GCMSealer/largestPayload``.
        @inlinable @inline(__always) public mutating func seal(
            index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
        ) -> Int {
            let count = headerCount &+ payloadCount
            vector.1 = (low ^ (index &<< 32)).bigEndian
            unsafe withUnsafeBytes(of: &vector) { vector in
                unsafe sealer.encrypt(
                    schedule, sealer.context, packet + headerCount, payload, UInt64(truncatingIfNeeded: payloadCount),
                    vector.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), packet,
                    UInt64(truncatingIfNeeded: headerCount), packet + count, UInt64(Self.tagOctets))
            }
            return count &+ Self.tagOctets
        }
    }
#else
    /// Where libipsec-mb does not run, there is none.
    public enum GCMSealer {
        package static let largestPayload = 0
        package static let largestHeader = 0
    }

    /// Where libipsec-mb does not run, there is none.
    public enum GCMBatch {
        /// Never called.
        public init?(
            _ sealer: GCMSealer, _ key: SealingKeyReference, ssrc: UInt32, headerCount: Int, first: UInt64, last: UInt64
        ) {
            switch sealer {}
        }

        /// Never called.
        public func packetOctets(payloadCount: Int) -> Int {
            switch self {}
        }

        /// Never called.
        public mutating func seal(
            index: UInt64, packet: UnsafeMutablePointer<UInt8>, payload: UnsafePointer<UInt8>, payloadCount: Int
        ) -> Int {
            switch self {}
        }
    }
#endif
