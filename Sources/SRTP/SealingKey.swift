import COpenSSL
import Primitives

#if canImport(CIPSecMB)
    import CIPSecMB
#endif

/// The session key for the RTP to one peer, expanded for the engine that made it.
///
/// Takes about 1.2 KB with AES-GCM and 0.4 KB with AES-CM; on OpenSSL 1.3 and 0.8 KB. Belongs to its engine and the
/// engine's thread.
package final class SealingKey {
    package let profile: SRTPProfile
    /// The same key as a plain value, for records on the packet path.
    package let reference: SealingKeyReference
    /// Kept for ``deinit``, because packets in flight still read the schedule.
    private let engine: SealingEngine

    init(reference: SealingKeyReference, engine: SealingEngine) {
        profile = reference.salt.profile
        self.reference = reference
        self.engine = engine
    }

    deinit {
        switch reference.implementation {
        case .ipsecMB:
            engine.flush()
            #if canImport(CIPSecMB)
                let octets = Self.scheduleOctets(of: profile)
                unsafe OPENSSL_cleanse(reference.schedule, octets)
            #endif
            unsafe reference.schedule.deallocate()
        case .openSSL:
            let cipher = unsafe reference.schedule.assumingMemoryBound(to: OpenSSLCipher.self)
            unsafe cipher.deinitialize(count: 1)
            unsafe cipher.deallocate()
        }
    }

    #if canImport(CIPSecMB)
        /// Octets of libipsec-mb's expanded key.
        package static func scheduleOctets(of profile: SRTPProfile) -> Int {
            switch profile {
            case .aes128CMHMACSHA1_80: forestage_ipsecmb_cm_key_size()
            case .aeadAES128GCM: forestage_ipsecmb_gcm_key_size()
            }
        }
    #endif
}

/// An unowned ``SealingKey``: copying it counts no references. Valid as long as the key lives.
///
/// `@safe` because only ``SealingKey`` makes one and only ``SealingEngine`` and ``GCMBatch`` read it.
@safe public struct SealingKeyReference {
    let salt: SessionSalt
    let implementation: SealingEngine.Implementation
    /// Octets that protection adds to a packet.
    package let overhead: Int
    /// libipsec-mb's expanded key, or an `OpenSSLCipher`.
    @usableFromInline let schedule: UnsafeMutableRawPointer
    /// The salt, for ``GCMBatch``.
    @usableFromInline let saltHigh: UInt64
    @usableFromInline let saltLow: UInt64
    /// Whether this is a key of AEAD_AES_128_GCM on libipsec-mb.
    @usableFromInline let sealsByGCMBatch: Bool

    init(salt: SessionSalt, implementation: SealingEngine.Implementation, schedule: UnsafeMutableRawPointer) {
        self.salt = salt
        self.implementation = implementation
        overhead = salt.profile.rtpOverhead
        unsafe self.schedule = schedule
        saltHigh = salt.high
        saltLow = salt.low
        sealsByGCMBatch = implementation == .ipsecMB && salt.profile == .aeadAES128GCM
    }

    /// The address of the expanded key, for prefetching.
    @inlinable public var address: UnsafeRawPointer { unsafe UnsafeRawPointer(schedule) }
}
