import DTLS
import ICE
import MediaControl
import Primitives
import SRTP

/// The transport of one peer: connects the machines of ICE, DTLS and SRTP.
///
/// DTLS is accepted only on paths that ICE has validated, and keys exist only after the peer's certificate matched its
/// offer. Sans-IO; confined to its worker's thread.
package final class PeerTransport {
    package let id: TransportID
    package private(set) var parameters: TransportParameters
    /// Arrivals to report to the peer.
    package var arrivals = ArrivalRecorder()
    /// The packets sent to the peer; `nil` if no section has transport-wide numbers.
    package private(set) var history: SendHistory?
    /// Unprotects the peer's packets; `nil` before the handshake is complete.
    package private(set) var receiver: SRTPReceiver?
    /// Protects RTCP to the peer; `nil` before the handshake is complete.
    package private(set) var rtcpSender: SRTCPProtector?
    private var key: SealingKey?
    /// Why the transport ended by itself; `nil` while it lives.
    package private(set) var ending: TransportCloseReason?
    /// The path of the handshake's datagrams: that of the peer's last DTLS datagram; before the first, the selected
    /// path, or else that of the last valid check.
    package private(set) var handshakePath: NetworkPath?
    private var hasHeardDTLS = false

    /// `noteAgent` follows each change.
    private var agent: ICELiteAgent
    /// `nextTimeout` of the agent, or an earlier time.
    private var agentTimeout: MonotonicInstant?
    private let endpoint: DTLSEndpoint
    private let engine: SealingEngine

    /// - Throws: `DTLSError` if OpenSSL cannot make a session.
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
        agentTimeout = agent.nextTimeout
    }

    /// Whether the handshake is complete.
    package var isEstablished: Bool { receiver != nil }

    /// The key for RTP to the peer; `nil` before the handshake is complete.
    package var sealingKey: SealingKeyReference? { key?.reference }

    /// The path on which media is sent.
    package private(set) var selectedPath: NetworkPath?

    /// All validated paths.
    package var validatedPaths: [NetworkPath] { agent.validatedPaths }

    /// Applies new sections, and an ICE restart if the credentials changed (RFC 8445 section 9).
    package func update(_ parameters: TransportParameters, now: MonotonicInstant) {
        let isRestart =
            parameters.remoteCredentials != self.parameters.remoteCredentials
            || parameters.localCredentials != self.parameters.localCredentials
        self.parameters = parameters
        if isRestart {
            agent.restart(local: parameters.localCredentials, remote: parameters.remoteCredentials, now: now)
            noteAgent()
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

    /// Receives a STUN message. If the result is an answer, `response` holds it.
    package func receiveSTUN(
        _ datagram: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant, response: inout [UInt8]
    ) -> ICELiteAgent.OnDatagram {
        let outcome = agent.receive(datagram, on: path, now: now, response: &response)
        noteAgent()
        if parameters.startsHandshake, !hasHeardDTLS, agent.isValidated(path) {
            handshakePath = agent.selectedPath ?? path
            endpoint.start(now: now)
        }
        return outcome
    }

    /// Records an authentic packet of the peer on `path`: the peer is present, and `selectedPath` may move to `path` at
    /// `nextTimeout`.
    ///
    /// - Returns: whether `nextTimeout` may be earlier than before.
    package func noteMedia(on path: NetworkPath, now: MonotonicInstant) -> Bool {
        guard agent.noteMedia(on: path, now: now) else { return false }
        noteAgent()
        return true
    }

    /// Records a replayed packet on `path`.
    package func noteReplay(on path: NetworkPath, now: MonotonicInstant) {
        agent.noteReplay(on: path, now: now)
        noteAgent()
    }

    /// Keeps what is asked for often: the agent of another module would be copied, with its arrays, to answer.
    private func noteAgent() {
        agentTimeout = agent.nextTimeout
        selectedPath = agent.selectedPath
    }

    /// The time of the last packet on `selectedPath` that only the peer can have made.
    package var lastHeard: MonotonicInstant { agent.lastHeard }

    /// Accepts the peer's media on `path` from now on if `datagram` is an authentic SRTP or SRTCP packet, newer than
    /// all before, so that recorded or delayed packets move nothing. `datagram` is not changed.
    ///
    /// - Returns: whether the path was accepted.
    package func admitFreshMedia(
        _ datagram: UnsafeMutableRawBufferPointer, isRTCP: Bool, on path: NetworkPath, now: MonotonicInstant
    ) -> Bool {
        guard let receiver else { return false }
        let isFresh =
            isRTCP ? unsafe receiver.isAuthenticAndNewRTCP(datagram) : unsafe receiver.isAuthenticAndNewRTP(datagram)
        if isFresh {
            agent.noteFreshMedia(on: path, now: now)
            noteAgent()
        }
        return isFresh
    }

    /// The TCP connection of `path` has closed.
    package func noteClosed(_ path: NetworkPath) {
        agent.noteClosed(path)
        noteAgent()
        if handshakePath == path { handshakePath = selectedPath ?? agent.validatedPaths.last }
    }

    /// Receives a DTLS datagram; its effects are in `isEstablished`, `ending` and `nextHandshakeDatagram`.
    ///
    /// - Returns: The number of dropped records.
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

    /// The next datagram of the handshake to send on `handshakePath`.
    package func nextHandshakeDatagram() -> [UInt8]? { endpoint.nextDatagram() }

    /// When to call `handleTimeout`; `nil` while no timer runs.
    package var nextTimeout: MonotonicInstant? { earliest(agentTimeout, endpoint.nextTimeout) }

    /// Runs the due timers of ICE and DTLS.
    package func handleTimeout(now: MonotonicInstant) {
        if let due = agentTimeout, due <= now {
            switch agent.handleTimeout(now: now) {
            case .none, .pathMoved, .consentEnded: break
            case .connectTimeout: ending = .connectTimeout
            case .consentExpired: ending = .consentExpired
            }
            noteAgent()
        }
        if let due = endpoint.nextTimeout, due <= now {
            endpoint.handleTimeout(now: now)
            settle()
        }
    }

    /// Queues a close_notify, if the session can still write one.
    package func close() { endpoint.close() }

    private func settle() {
        // The first reason is kept, because ICE and DTLS may time out together.
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
            rtcpSender = try SRTCPProtector(profile: keys.profile, key: keys.local)
            key = try engine.makeKey(profile: keys.profile, master: keys.local)
            receiver = newReceiver
        } catch {
            ending = .handshakeFailed
            return
        }
        // The session has 50 KB that only SCTP would need.
        if !parameters.hasDataSection { endpoint.releaseSession() }
    }
}
