import DTLS
import ICE
import MediaControl
import Primitives
import SRTP

/// The transport of one peer: ICE, then DTLS, then SRTP, each a machine of its own; this joins them.
///
/// DTLS is taken only from addresses that ICE has validated, and keys exist only when the peer's certificate is the one
/// that its offer named. Sans-IO; confined to its worker's thread.
package final class PeerTransport {
    package let id: TransportID
    package private(set) var parameters: TransportParameters
    /// Arrivals that the peer is to be told of.
    package var arrivals = ArrivalRecorder()
    /// What the peer was sent; `nil` where no section has transport-wide numbers.
    package private(set) var history: SendHistory?
    /// Opens what the peer sends; `nil` before the handshake is through.
    package private(set) var receiver: SRTPReceiver?
    /// Protects RTCP to the peer; `nil` before the handshake is through.
    package private(set) var rtcpSender: SRTCPSender?
    private var key: SealingKey?
    /// Why the transport has come to its end by itself; `nil` while it lives.
    package private(set) var ending: TransportCloseReason?
    /// Where the handshake's datagrams go: where the peer's last one came from, and before the first, where ICE sends media,
    /// or else where its last valid check came from.
    package private(set) var handshakePath: NetworkPath?
    private var hasHeardDTLS = false

    private var agent: ICELiteAgent
    private let endpoint: DTLSEndpoint
    private let engine: SealingEngine

    /// - Throws: `DTLSError` where OpenSSL cannot make a session.
    package init(
        parameters: TransportParameters, context: DTLSContext, engine: SealingEngine, now: MonotonicInstant
    ) throws {
        id = parameters.id
        self.parameters = parameters
        self.engine = engine
        agent = ICELiteAgent(local: parameters.localCredentials, remote: parameters.remoteCredentials, now: now)
        endpoint = try DTLSEndpoint(
            context: context, role: parameters.startsHandshake ? .client : .server,
            remoteFingerprints: parameters.remoteFingerprints, now: now)
    }

    /// Whether the handshake is through.
    package var isEstablished: Bool { receiver != nil }

    /// What RTP to the peer is sealed with; `nil` before the handshake is through.
    package var sealingKey: SealingKeyReference? { key?.reference }

    /// Where media goes.
    package var selectedPath: NetworkPath? { agent.selectedPath }

    /// Every path that a valid check came on.
    package var validatedPaths: [NetworkPath] { agent.validatedPaths }

    /// Takes new sections, and new ICE credentials where they changed (ICE restart, RFC 8445 section 9).
    package func update(_ parameters: TransportParameters, now: MonotonicInstant) {
        let isRestart =
            parameters.remoteCredentials != self.parameters.remoteCredentials
            || parameters.localCredentials != self.parameters.localCredentials
        self.parameters = parameters
        if isRestart {
            agent.restart(local: parameters.localCredentials, remote: parameters.remoteCredentials, now: now)
        }
    }

    /// Begins to remember what the peer is sent.
    ///
    /// - Parameter times: when the worker's batches leave.
    package func keepHistory(_ times: SendTimes) -> SendHistory {
        if let history { return history }
        let made = SendHistory(times: times)
        history = made
        return made
    }

    /// Takes a STUN message; `response` is filled where the outcome says that it is to be sent back.
    package func receiveSTUN(
        _ datagram: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant, response: inout [UInt8]
    ) -> ICELiteAgent.OnDatagram {
        let outcome = agent.receive(datagram, on: path, now: now, response: &response)
        if parameters.startsHandshake, !hasHeardDTLS, agent.isValidated(path) {
            handshakePath = agent.selectedPath ?? path
            endpoint.start(now: now)
        }
        return outcome
    }

    /// Notes that a packet of the peer, which came on `path`, was opened: the peer is there, and `selectedPath` may follow it
    /// at `nextTimeout`.
    ///
    /// - Returns: whether `nextTimeout` may be earlier than before.
    package func noteMedia(on path: NetworkPath, now: MonotonicInstant) -> Bool { agent.noteMedia(on: path, now: now) }

    /// Notes that a packet came on `path` which had come before.
    package func noteReplay(on path: NetworkPath, now: MonotonicInstant) { agent.noteReplay(on: path, now: now) }

    /// When something that only the peer can have made last came on `selectedPath`.
    package var lastHeard: MonotonicInstant { agent.lastHeard }

    /// Takes the peer's media on `path` from now on, where `datagram` is an SRTP or SRTCP packet that only the peer can have
    /// made, and newer than all before: what was recorded or held back elsewhere moves nothing. `datagram` stays as it is.
    ///
    /// - Returns: whether it is.
    package func admitFreshMedia(
        _ datagram: UnsafeMutableRawBufferPointer, isRTCP: Bool, on path: NetworkPath, now: MonotonicInstant
    ) -> Bool {
        guard let receiver else { return false }
        let isFresh =
            isRTCP ? unsafe receiver.isAuthenticAndNewRTCP(datagram) : unsafe receiver.isAuthenticAndNewRTP(datagram)
        if isFresh { agent.noteFreshMedia(on: path, now: now) }
        return isFresh
    }

    /// Takes a DTLS datagram; what it leads to is in `isEstablished`, `ending` and `nextHandshakeDatagram`.
    ///
    /// - Returns: How many records of it were dropped.
    @discardableResult
    package func receiveDTLS(_ datagram: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant) -> Int {
        guard agent.isValidated(path) else { return 0 }
        handshakePath = path
        hasHeardDTLS = true
        let dropped = endpoint.dropped
        endpoint.receive(datagram, now: now)
        settle()
        return endpoint.dropped &- dropped
    }

    /// The next datagram of the handshake that is to be sent on `handshakePath`.
    package func nextHandshakeDatagram() -> [UInt8]? { endpoint.nextDatagram() }

    /// When `handleTimeout` is to be called; `nil` while nothing is awaited.
    package var nextTimeout: MonotonicInstant? { earliest(agent.nextTimeout, endpoint.nextTimeout) }

    /// Runs what is due of ICE and DTLS.
    package func handleTimeout(now: MonotonicInstant) {
        if let due = agent.nextTimeout, due <= now {
            switch agent.handleTimeout(now: now) {
            case .none, .pathMoved, .consentEnded: break
            case .connectTimeout: ending = .connectTimeout
            case .consentExpired: ending = .consentExpired
            }
        }
        if let due = endpoint.nextTimeout, due <= now {
            endpoint.handleTimeout(now: now)
            settle()
        }
    }

    /// Queues a close_notify, where the session is still there to write one.
    package func close() { endpoint.close() }

    private func settle() {
        // The first reason stands: ICE and DTLS may run out of time together.
        guard ending == nil else { return }
        switch endpoint.state {
        case .handshaking: break
        case .established(let keys): establish(keys)
        case .failed(.fingerprintMismatch): ending = .fingerprintMismatch
        case .failed: ending = .handshakeFailed
        case .closed: ending = .closedByPeer
        }
    }

    private func establish(_ keys: SRTPKeyingMaterial) {
        guard receiver == nil else { return }
        do throws(SRTPError) {
            let newReceiver = try SRTPReceiver(profile: keys.profile, key: keys.remote)
            rtcpSender = try SRTCPSender(profile: keys.profile, key: keys.local)
            key = try engine.makeKey(profile: keys.profile, master: keys.local)
            receiver = newReceiver
        } catch {
            ending = .handshakeFailed
            return
        }
        // The session holds 50 KB that only SCTP would need.
        if !parameters.hasDataSection { endpoint.releaseSession() }
    }
}
