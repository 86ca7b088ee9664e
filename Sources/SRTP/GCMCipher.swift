#if canImport(CIPSecMB)
    import CIPSecMB
    import COpenSSL
    import Primitives

    /// One session key of AEAD_AES_128_GCM with libipsec-mb, for single packets. The expanded key has
    /// ``SealingKey/scheduleOctets(of:)`` octets.
    ///
    /// It takes pointers, as ``OpenSSLCipher`` does.
    @safe struct GCMCipher: ~Copyable {
        /// Found once per process; `nil` if libipsec-mb is not usable on this processor.
        private static let functions: forestage_gcm? = {
            var found = forestage_gcm()
            return unsafe forestage_gcm_find(&found) ? found : nil
        }()

        private let gcm: forestage_gcm
        private let schedule: UnsafeMutableRawPointer

        /// `nil` if libipsec-mb does not run, or for another profile.
        init?(_ keys: SessionKeys) {
            guard keys.profile == .aeadAES128GCM, let functions = Self.functions else { return nil }
            gcm = functions
            unsafe schedule = .allocate(
                byteCount: SealingKey.scheduleOctets(of: keys.profile), alignment: forestage_ipsecmb_key_alignment())
            unsafe withUnsafePointer(to: functions) { functions in
                unsafe forestage_gcm_expand(functions, keys.encryptionKey, schedule)
            }
        }

        deinit {
            unsafe OPENSSL_cleanse(schedule, SealingKey.scheduleOctets(of: .aeadAES128GCM))
            unsafe schedule.deallocate()
        }

        /// See ``PacketCipher/seal(header:headerCount:count:trailer:vector:tag:)``.
        func seal(
            header: UnsafeMutablePointer<UInt8>, headerCount: Int, count: Int, trailer: PacketCipher.Trailer,
            vector: InitializationVector, tag: UnsafeMutablePointer<UInt8>
        ) {
            let (iv0, iv1) = vector.wire
            unsafe withAssociated(header, headerCount, trailer) { associated, associatedCount in
                unsafe withUnsafePointer(to: gcm) { gcm in
                    unsafe forestage_gcm_seal(
                        gcm, schedule, iv0, iv1, associated, associatedCount, header + headerCount,
                        header + headerCount, count, tag)
                }
            }
        }

        /// See ``PacketCipher/open(header:headerCount:count:trailer:vector:tag:)``.
        func open(
            header: UnsafeMutablePointer<UInt8>, headerCount: Int, count: Int, trailer: PacketCipher.Trailer,
            vector: InitializationVector, tag: UnsafePointer<UInt8>
        ) -> Bool {
            let (iv0, iv1) = vector.wire
            return unsafe withAssociated(header, headerCount, trailer) { associated, associatedCount in
                unsafe withUnsafePointer(to: gcm) { gcm in
                    unsafe forestage_gcm_open(
                        gcm, schedule, iv0, iv1, associated, associatedCount, header + headerCount, count, tag)
                }
            }
        }

        /// AEAD's associated data: the header, and RTCP's trailer (RFC 7714 sections 8.2 and 9.2).
        @inline(__always) private func withAssociated<Result>(
            _ header: UnsafePointer<UInt8>, _ headerCount: Int, _ trailer: PacketCipher.Trailer,
            _ body: (UnsafePointer<UInt8>, Int) -> Result
        ) -> Result {
            switch trailer {
            case .rollOverCounter: return unsafe body(header, headerCount)
            case .rtcpIndex(let word):
                precondition(headerCount == SRTPLimits.rtcpHeaderOctets, "RTCP with another header")
                var octets: (UInt64, UInt32) = (
                    unsafe UnsafeRawPointer(header).loadUnaligned(as: UInt64.self), word.bigEndian
                )
                return unsafe withUnsafeBytes(of: &octets) { bytes in
                    unsafe body(
                        bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), headerCount + 4)
                }
            }
        }
    }
#endif
