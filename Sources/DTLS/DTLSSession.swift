import COpenSSL
import Primitives

/// An OpenSSL `SSL` with its BIO and the check of its peer, driven datagram by datagram.
///
/// It uses no clock: OpenSSL's own flight timer is disabled, and `OutboundFlight` resends flights.
@safe final class DTLSSession {
    enum HandshakeProgress {
        /// More datagrams are needed.
        case underWay
        case completed
        case failed(DTLSFailure)
    }

    /// The part of the peer's last flight that the handshake waits for.
    enum Awaited {
        /// A plaintext message, or nothing.
        case other
        /// The ChangeCipherSpec; all messages before it are complete.
        case changeCipherSpec
        /// The Finished; encrypted handshake records can be read.
        case finished
    }

    enum ReadResult {
        case data([UInt8])
        /// All that was received has been read.
        case nothing
        /// The peer has sent close_notify.
        case closed
        case failed(DTLSFailure)
    }

    private let role: DTLSEndpoint.Role
    private let context: DTLSContext
    private let pipe = DatagramPipe()
    private let check: PeerCertificateCheck
    /// An `SSL *`.
    private let handle: OpaquePointer
    /// Octets of the last `feed`; its application data is shorter.
    private var fedOctets = 0

    init(context: DTLSContext, role: DTLSEndpoint.Role, remoteFingerprints: [CertificateFingerprint]) throws(DTLSError)
    {
        guard let handle = unsafe SSL_new(context.handle) else { throw .fromQueue("making a DTLS session") }
        let check = PeerCertificateCheck(fingerprints: remoteFingerprints)
        guard let bio = unsafe pipe.makeBIO(method: context.pipeMethod), unsafe check.attach(to: handle) else {
            unsafe SSL_free(handle)
            throw .fromQueue("setting up a DTLS session")
        }
        // The session owns the BIO from here on, for reading and for writing.
        unsafe SSL_set_bio(handle, bio, bio)
        unsafe COpenSSL_set_mtu(handle, DatagramPipe.maximumTransmissionUnit)
        unsafe COpenSSL_replace_flight_timer(handle)
        switch role {
        case .server: unsafe SSL_set_accept_state(handle)
        case .client: unsafe SSL_set_connect_state(handle)
        }
        self.role = role
        self.context = context
        self.check = check
        unsafe self.handle = handle
    }

    deinit { unsafe SSL_free(handle) }

    /// The message that the handshake waits for.
    var awaited: Awaited {
        switch unsafe COpenSSL_awaits(handle) {
        case COpenSSL_awaited_change_cipher_spec: .changeCipherSpec
        case COpenSSL_awaited_finished: .finished
        default: .other
        }
    }

    /// Octets that the negotiated cipher adds to the content of a record; `nil` before the negotiation.
    var recordOverhead: Int? {
        let octets = unsafe COpenSSL_record_overhead(handle)
        return octets < 0 ? nil : Int(octets)
    }

    /// The datagrams to send because of the calls since the last `takeOutbound`.
    func takeOutbound() -> [[UInt8]] { pipe.takeOutbound() }

    /// Continues the handshake with `datagram`; an empty one starts a client.
    func handshake(with datagram: [UInt8]) -> HandshakeProgress {
        pipe.inbound = datagram
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(handle)
        guard result != 1 else { return conclude() }
        guard unsafe SSL_get_error(handle, result) != SSL_ERROR_WANT_READ else { return .underWay }
        return .failed(takeFailure())
    }

    /// The final checks of a handshake that OpenSSL has completed.
    private func conclude() -> HandshakeProgress {
        switch check.verdict {
        case .matched: break
        case .pending, .mismatched: return .failed(.fingerprintMismatch)
        }
        guard unsafe COpenSSL_has_extended_master_secret(handle) == 1 else { return .failed(.noExtendedMasterSecret) }
        guard selectedProfile != nil else { return .failed(.noCommonSRTPProfile) }
        return .completed
    }

    private func takeFailure() -> DTLSFailure {
        let reason = OpenSSLReason.takeFirst()
        if case .mismatched = check.verdict { return .fingerprintMismatch }
        return reason.peerAlert.map { .peerAlert($0) } ?? .protocolError(reason.text)
    }

    private var selectedProfile: SRTPProfile? {
        // Unsafe: OpenSSL returns a pointer into its table of profiles, or NULL.
        unsafe SSL_get_selected_srtp_profile(handle)
            .flatMap { profile in unsafe UInt16(exactly: profile.pointee.id) }
            .flatMap(SRTPProfile.init(rawValue:))
    }

    /// The SRTP keys of the completed handshake.
    ///
    /// - Throws: `DTLSError.openSSL` if OpenSSL has no memory left or the handshake is not complete.
    func exportKeyingMaterial() throws(DTLSError) -> SRTPKeyingMaterial {
        guard let profile = selectedProfile else { throw .notEstablished }
        let label = "EXTRACTOR-dtls_srtp"
        let octets = 2 * (profile.keyOctets + profile.saltOctets)
        var block = [UInt8](repeating: 0, count: octets)
        // Unsafe: the buffer has the requested length; the label is ASCII and is copied.
        guard unsafe SSL_export_keying_material(handle, &block, octets, label, label.utf8.count, nil, 0, 0) == 1 else {
            throw .fromQueue("exporting SRTP keys")
        }
        // RFC 5764 section 4.2: client key, server key, client salt, server salt.
        let salts = block.dropFirst(2 * profile.keyOctets)
        let client = SRTPMasterKey(
            key: Array(block.prefix(profile.keyOctets)), salt: Array(salts.prefix(profile.saltOctets)))
        let server = SRTPMasterKey(
            key: Array(block[profile.keyOctets..<2 * profile.keyOctets]), salt: Array(salts.suffix(profile.saltOctets)))
        return switch role {
        case .server: SRTPKeyingMaterial(profile: profile, local: server, remote: client)
        case .client: SRTPKeyingMaterial(profile: profile, local: client, remote: server)
        }
    }

    /// Passes records of a received datagram to an established session; the caller then calls `read` until it returns
    /// `nothing`.
    func feed(_ records: [UInt8]) {
        pipe.inbound = records
        fedOctets = records.count
    }

    /// The next application data.
    func read() -> ReadResult {
        ERR_clear_error()
        var result: Int32 = 0
        // Unsafe: OpenSSL writes at most the length of the buffer, and returns the number of octets.
        let data = unsafe [UInt8](unsafeUninitializedCapacity: max(1, fedOctets)) { buffer, written in
            result = unsafe SSL_read(handle, buffer.baseAddress, Int32(clamping: buffer.count))
            written = max(0, Int(result))
        }
        guard result <= 0 else { return .data(data) }
        switch unsafe SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: return .nothing
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: return .failed(takeFailure())
        }
    }

    /// Encrypts `data` as one record.
    func write(_ data: Span<UInt8>) throws(DTLSError) {
        ERR_clear_error()
        // Unsafe: OpenSSL reads the octets of the span, which outlive the call.
        let result = unsafe data.withUnsafeBytes { octets in
            unsafe SSL_write(handle, octets.baseAddress, Int32(clamping: octets.count))
        }
        guard result > 0 else { throw .fromQueue("sending application data") }
    }

    /// Writes close_notify, if the handshake is complete.
    func shutDown() {
        unsafe SSL_shutdown(handle)
        ERR_clear_error()
    }
}
