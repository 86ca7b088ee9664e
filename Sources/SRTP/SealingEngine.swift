import Primitives

#if canImport(CIPSecMB)
    import CIPSecMB
#endif

/// Protects the outgoing RTP of one worker. One engine per thread serves the keys of all its peers.
///
/// Sealing encrypts and authenticates in one call, from a payload that many peers share into the send slab, so that no
/// separate copy is needed. It neither allocates nor locks. The caller keeps sequence number and roll-over counter and
/// passes the index of each packet.
@safe package final class SealingEngine {
    /// The libraries that can seal.
    package enum Implementation: String, Sendable, CaseIterable {
        /// Intel's multi-buffer library libipsec-mb, on x86-64 with AES instructions.
        case ipsecMB
        /// OpenSSL's EVP, everywhere.
        case openSSL
    }

    package let implementation: Implementation
    /// Packets that a library refused to seal; they were overwritten with zeros. A count above zero means a fault of
    /// the library.
    package var failures: UInt64 {
        #if canImport(CIPSecMB)
            if let multiBuffer = unsafe multiBuffer {
                return unsafe openSSLFailures &+ forestage_ipsecmb_failures(multiBuffer)
            }
        #endif
        return openSSLFailures
    }

    private var openSSLFailures: UInt64 = 0
    #if canImport(CIPSecMB)
        private let multiBuffer: OpaquePointer?
    #endif
    /// The functions for ``GCMBatch``; `nil` if each packet must be sealed by `seal`.
    package let gcm: GCMSealer?

    /// An engine on the given implementation, or on the fastest that this processor runs.
    ///
    /// Throws ``SRTPError/unavailable(_:)`` if the given implementation cannot run.
    package init(implementation wanted: Implementation? = nil) throws(SRTPError) {
        #if canImport(CIPSecMB)
            let multiBuffer = unsafe wanted == .openSSL ? nil : forestage_ipsecmb_create()
            unsafe self.multiBuffer = multiBuffer
            gcm = unsafe GCMSealer(multiBuffer)
            implementation = unsafe multiBuffer == nil ? .openSSL : .ipsecMB
        #else
            gcm = nil
            implementation = .openSSL
        #endif
        if let wanted, wanted != implementation { throw .unavailable(wanted) }
    }

    deinit {
        #if canImport(CIPSecMB)
            unsafe forestage_ipsecmb_destroy(multiBuffer)
        #endif
    }

    /// The implementation and its instruction set, for logs.
    package var name: String {
        #if canImport(CIPSecMB)
            if let multiBuffer = unsafe multiBuffer {
                return unsafe "libipsec-mb (\(String(cString: forestage_ipsecmb_architecture(multiBuffer))))"
            }
        #endif
        return "OpenSSL"
    }

    /// Derives and expands the key for the RTP that this end sends to one peer.
    package func makeKey(profile: SRTPProfile, master: SRTPMasterKey) throws(SRTPError) -> SealingKey {
        try makeKey(SessionKeys(deriving: .rtp, for: profile, from: master))
    }

    /// Expands session keys of RTP.
    package func makeKey(_ keys: SessionKeys) throws(SRTPError) -> SealingKey {
        #if canImport(CIPSecMB)
            if let multiBuffer = unsafe multiBuffer {
                let schedule = UnsafeMutableRawPointer.allocate(
                    byteCount: SealingKey.scheduleOctets(of: keys.profile), alignment: forestage_ipsecmb_key_alignment()
                )
                switch keys.profile {
                case .aeadAES128GCM:
                    unsafe forestage_ipsecmb_gcm_expand(multiBuffer, keys.encryptionKey, schedule)
                case .aes128CMHMACSHA1_80:
                    unsafe forestage_ipsecmb_cm_expand(
                        multiBuffer, keys.encryptionKey, keys.authenticationKey, keys.authenticationKey.count, schedule)
                }
                return SealingKey(
                    reference: unsafe SealingKeyReference(
                        salt: keys.salt, implementation: .ipsecMB, schedule: schedule), engine: self)
            }
        #endif
        let cipher = UnsafeMutablePointer<OpenSSLCipher>.allocate(capacity: 1)
        do throws(SRTPError) {
            unsafe cipher.initialize(to: try OpenSSLCipher(keys, direction: .seal))
        } catch {
            unsafe cipher.deallocate()
            throw error
        }
        return SealingKey(
            reference: unsafe SealingKeyReference(
                salt: keys.salt, implementation: .openSSL, schedule: UnsafeMutableRawPointer(cipher)), engine: self)
    }

    /// Protects one RTP packet and returns its length: header, payload and the profile's `rtpOverhead`.
    ///
    /// The packet is complete after ``flush()``. Until then `payload`, the packet and the key must not change.
    ///
    /// - Parameters:
    ///   - key: a key of this engine, never used twice with the same SSRC and index.
    ///   - index: the roll-over counter and the sequence number, 48 bits (RFC 3711 section 3.3.1).
    ///   - ssrc: the SSRC in the header.
    ///   - packet: begins with the header, CSRCs and extensions included, which is authenticated and stays in clear; it
    ///     has the length of the result.
    ///   - payload: `payloadCount` octets outside the packet, or at `packet + headerCount`.
    /// - Returns: `nil`, with nothing written, for a header below 12 octets, a packet beyond
    ///   ``SRTPLimits/maximumPacketOctets``, or an index beyond 48 bits.
    package func seal(
        _ key: SealingKeyReference, index: UInt64, ssrc: UInt32, packet: UnsafeMutablePointer<UInt8>, headerCount: Int,
        payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int? {
        let maximum = SRTPLimits.maximumPacketOctets
        guard headerCount >= SRTPLimits.minimumRTPHeaderOctets, headerCount <= maximum, payloadCount >= 0,
            payloadCount <= maximum, index <= SRTPLimits.maximumRTPIndex
        else { return nil }
        let total = headerCount &+ payloadCount &+ key.overhead
        guard total <= maximum else { return nil }

        let vector = key.salt.initializationVector(ssrc: ssrc, index: index)
        let rollOverCounter = UInt32(truncatingIfNeeded: index &>> 16)
        switch key.implementation {
        case .ipsecMB:
            #if canImport(CIPSecMB)
                guard let multiBuffer = unsafe multiBuffer else { preconditionFailure("the key of another engine") }
                let (iv0, iv1) = vector.wire
                switch key.salt.profile {
                case .aeadAES128GCM:
                    unsafe forestage_ipsecmb_gcm_seal(
                        multiBuffer, key.schedule, iv0, iv1, packet, headerCount, payload, payloadCount)
                case .aes128CMHMACSHA1_80:
                    unsafe forestage_ipsecmb_cm_seal(
                        multiBuffer, key.schedule, iv0, iv1, rollOverCounter, packet, headerCount, payload, payloadCount
                    )
                }
            #else
                preconditionFailure("the key of another engine")
            #endif
        case .openSSL:
            unsafe sealWithOpenSSL(
                key, vector, rollOverCounter, packet: packet, headerCount: headerCount, payload: payload,
                payloadCount: payloadCount)
        }
        return total
    }

    // A separate function, so that its buffers are not on the stack of the fast path.
    @inline(never) private func sealWithOpenSSL(
        _ key: SealingKeyReference, _ vector: InitializationVector, _ rollOverCounter: UInt32,
        packet: UnsafeMutablePointer<UInt8>, headerCount: Int, payload: UnsafePointer<UInt8>, payloadCount: Int
    ) {
        let end = unsafe packet + headerCount + payloadCount
        let sealed = unsafe key.schedule.assumingMemoryBound(to: OpenSSLCipher.self).pointee.seal(
            header: packet, headerCount: headerCount, source: payload, count: payloadCount,
            trailer: .rollOverCounter(rollOverCounter), vector: vector, tag: end)
        guard !sealed else { return }
        // No plaintext may be sent: after an in-place failure it is still in the packet.
        unsafe (packet + headerCount).update(repeating: 0, count: payloadCount &+ key.overhead)
        openSSLFailures &+= 1
    }

    /// `seal` with the owning key.
    package func seal(
        _ key: SealingKey, index: UInt64, ssrc: UInt32, packet: UnsafeMutablePointer<UInt8>, headerCount: Int,
        payload: UnsafePointer<UInt8>, payloadCount: Int
    ) -> Int? {
        unsafe seal(
            key.reference, index: index, ssrc: ssrc, packet: packet, headerCount: headerCount, payload: payload,
            payloadCount: payloadCount)
    }

    /// Completes all packets in flight.
    package func flush() {
        #if canImport(CIPSecMB)
            if let multiBuffer = unsafe multiBuffer { unsafe forestage_ipsecmb_flush(multiBuffer) }
        #endif
    }
}
