import Primitives

/// One end of a DTLS 1.2 session for DTLS-SRTP (RFC 5764), without input or output of its own.
///
/// The caller passes datagrams and the time, then drains `nextDatagram()`, reads `state`, and calls
/// `handleTimeout(now:)` at `nextTimeout`. Confined to the thread of its context.
///
/// **Cost.** A handshake costs a server about 0.9 ms of processor time, in two steps: when a ClientHello is complete,
/// and when the client's Finished follows. All else is cheap, because records that do not belong to this handshake are
/// dropped before OpenSSL. So each `receive` while `isHandshaking` should count as one step of a budget; a datagram
/// beyond the budget may be dropped, because the peer repeats its flight.
///
/// **Forgery.** Nothing is authenticated before the handshake is complete. Garbage, plaintext alerts and application
/// data do not harm a handshake (`HandshakeAdmission`). An attacker who can forge the peer's validated address can
/// break it with a well-formed handshake message of the right number, but can never complete it.
package final class DTLSEndpoint {
    /// The role of an endpoint in the handshake; SDP's `a=setup:passive` is the server.
    package enum Role: Sendable {
        case server
        case client
    }

    /// The longest accepted datagram, in octets; longer ones are dropped. WebRTC paths do not carry as much.
    package static let maximumDatagramOctets = 4_096
    /// The largest number of datagrams that wait to be drained; later ones are dropped, as by a network.
    static let maximumQueuedDatagrams = 64
    /// The largest number of received application data messages that wait to be taken; later ones are dropped.
    static let maximumQueuedMessages = 64
    /// The largest application data message, in octets: the MTU without the record's header, explicit nonce and tag.
    package static let maximumApplicationDataOctets = DatagramPipe.maximumTransmissionUnit - 37

    package let role: Role
    /// The state of the session. It contains the keys only after the check of the peer's fingerprint.
    package private(set) var state = DTLSState.handshaking
    /// Datagrams and records that were dropped because they do not belong to the session.
    package internal(set) var dropped = 0

    private let timing: DTLSTiming
    /// `nil` after its release and at the end.
    var session: DTLSSession?
    private var admission: HandshakeAdmission
    var flight: OutboundFlight
    private let handshakeDeadline: MonotonicInstant
    /// A plaintext alert, and the time at which it takes effect.
    private var suspectedAlert: (description: UInt8, believed: MonotonicInstant)?
    /// Octets that the negotiated cipher adds to the content of a record. Kept after the release of the session.
    private(set) var recordOverhead = 0
    /// The close_notify of a released session, sealed before its release.
    var farewell: [[UInt8]] = []
    private var outbound: [[UInt8]] = []
    /// Received application data that waits to be taken.
    var messages: [[UInt8]] = []

    /// - Parameters:
    ///   - remoteFingerprints: All fingerprints of the peer's SDP; its certificate must match one (RFC 8122 section 5).
    ///   - now: The start of the handshake's time limit, whether or not the peer sends anything.
    /// - Throws: `DTLSError.openSSL` if OpenSSL has no memory left.
    package init(
        context: DTLSContext, role: Role, remoteFingerprints: [CertificateFingerprint], now: MonotonicInstant,
        timing: DTLSTiming = .default
    ) throws(DTLSError) {
        session = try DTLSSession(context: context, role: role, remoteFingerprints: remoteFingerprints)
        admission = HandshakeAdmission(peer: role == .server ? .client : .server)
        flight = OutboundFlight(timing: timing)
        handshakeDeadline = now + timing.handshakeLimit
        self.role = role
        self.timing = timing
    }

    /// Whether the handshake is not complete; a `receive` may then be expensive.
    package var isHandshaking: Bool {
        switch state {
        case .handshaking: true
        case .established, .failed, .closed: false
        }
    }

    /// Whether a datagram starts with (a fragment of) a ClientHello in a plaintext record.
    package static func isClientHello(_ datagram: Span<UInt8>) -> Bool {
        guard let record = try? DTLSRecord(parsing: datagram, at: 0), record.type == .handshake, record.epoch == 0,
            let fragment = try? HandshakeFragment(
                parsing: datagram, at: record.payload.lowerBound, before: record.payload.upperBound)
        else { return false }
        return fragment.type == .clientHello
    }

    /// The next datagram to send; the caller drains it after each call, also after the end of the session.
    package func nextDatagram() -> [UInt8]? { outbound.isEmpty ? nil : outbound.removeFirst() }

    /// Sends a client's first flight; a server waits for it. Further calls do nothing.
    package func start(now: MonotonicInstant) {
        guard role == .client, isHandshaking, flight.datagrams.isEmpty else { return }
        advance(with: [], now: now)
    }

    /// Receives one datagram from the peer's validated address, with any content.
    package func receive(_ datagram: Span<UInt8>, now: MonotonicInstant) {
        guard datagram.count <= Self.maximumDatagramOctets else {
            dropped &+= 1
            return
        }
        switch state {
        case .handshaking: receiveHandshake(datagram, now: now)
        case .established: receiveEstablished(datagram, now: now)
        case .failed, .closed: dropped &+= 1
        }
    }

    /// When to call `handleTimeout(now:)`; `nil` if no timer runs.
    package var nextTimeout: MonotonicInstant? {
        guard isHandshaking else { return nil }
        return earliest(earliest(flight.due, suspectedAlert?.believed), handshakeDeadline)
    }

    /// Resends a flight, or gives the handshake up. Does nothing before `nextTimeout`.
    package func handleTimeout(now: MonotonicInstant) {
        guard isHandshaking else { return }
        if let suspectedAlert, suspectedAlert.believed <= now {
            end(.failed(.peerAlert(suspectedAlert.description)))
        } else if handshakeDeadline <= now {
            end(.failed(.timedOut(after: timing.handshakeLimit)))
        } else {
            send(flight.takeDue(now: now))
        }
    }

    /// Ends the session. An established session sends close_notify, once.
    package func close() {
        switch state {
        case .handshaking: break
        case .established: sayFarewell()
        case .failed, .closed: return
        }
        end(.closed)
    }

    // MARK: - Handshake

    private func receiveHandshake(_ datagram: Span<UInt8>, now: MonotonicInstant) {
        // A client that has not started expects nothing.
        guard let session, role == .server || !flight.datagrams.isEmpty else {
            dropped &+= 1
            return
        }
        let admitted = admission.admit(datagram, hasSent: !flight.datagrams.isEmpty)
        dropped &+= admitted.dropped
        if let alert = admitted.alert, suspectedAlert == nil { suspectedAlert = (alert, now + timing.alertGrace) }
        if admitted.repeatsClientHello { send(flight.takeAsked(now: now)) }
        if let records = admitted.records.isEmpty ? takeHeld(for: session) : admitted.records {
            advance(with: records, now: now)
        }
    }

    /// The held record that the handshake waits for now; `nil` if there is none.
    private func takeHeld(for session: DTLSSession) -> [UInt8]? {
        switch session.awaited {
        case .other: return nil
        case .changeCipherSpec: return admission.takeChangeCipherSpec()
        case .finished:
            guard let overhead = session.recordOverhead else { return nil }
            return admission.takeEncrypted(overhead: overhead, dropped: &dropped)
        }
    }

    /// Passes `records` to OpenSSL, and afterwards the held records that the handshake waits for.
    private func advance(with records: [UInt8], now: MonotonicInstant) {
        guard let session else { return }
        var next: [UInt8]? = records
        while let records = next {
            let progress = session.handshake(with: records)
            let datagrams = session.takeOutbound()
            switch progress {
            case .underWay:
                if !datagrams.isEmpty {
                    send(flight.begin(datagrams, now: now))
                    // A peer that continues has not sent the alert.
                    suspectedAlert = nil
                }
                next = takeHeld(for: session)
            case .completed:
                send(flight.begin(datagrams, now: now))
                establish(session)
                next = nil
            case .failed(let failure):
                session.shutDown()
                send(flight.number(datagrams + session.takeOutbound()))
                end(.failed(failure))
                next = nil
            }
        }
    }

    private func establish(_ session: DTLSSession) {
        do {
            let keys = try session.exportKeyingMaterial()
            switch role {
            // The server's last flight is not acknowledged; it is kept for a client that repeats its own.
            case .server: flight.stopTimer()
            // The server's Finished shows that it has received the client's flight.
            case .client: flight.forget()
            }
            suspectedAlert = nil
            recordOverhead = session.recordOverhead ?? 0
            state = .established(keys)
        } catch {
            end(.failed(.protocolError(error.description)))
        }
    }

    // MARK: - Sending and ending

    func send(_ datagrams: [[UInt8]]) {
        outbound.append(contentsOf: datagrams.prefix(max(0, Self.maximumQueuedDatagrams - outbound.count)))
    }

    func sayFarewell() {
        if let session {
            session.shutDown()
            farewell = session.takeOutbound()
        }
        send(farewell)
    }

    /// Ends the session in `final` and frees its memory; queued datagrams can still be drained.
    func end(_ final: DTLSState) {
        session = nil
        flight.forget()
        farewell = []
        suspectedAlert = nil
        state = final
    }
}
