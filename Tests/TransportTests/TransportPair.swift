import Client
import Cryptography
import DTLS
import ICE
import MediaControl
import Primitives
import RTP
import SRTP

@testable import Transport

/// A server's transport and a client, joined without delay.
final class TransportPair {
    static let serverPath = NetworkPath(
        local: TransportAddress(v4: 192, 0, 2, 1, port: 7_882),
        remote: TransportAddress(v4: 198, 51, 100, 1, port: 40_000))

    let transport: PeerTransport
    let client: ClientPeer
    let engine: SealingEngine
    var parameters: TransportParameters
    private(set) var now = MonotonicInstant.zero
    /// RTCP and RTP of the client, still protected.
    var received: [[UInt8]] = []
    /// Whether the client's STUN gets through.
    var carriesSTUN = true
    private let context: DTLSContext

    init(namesOtherFingerprint: Bool = false, hasDataSection: Bool = false) throws {
        let serverCertificate = try DTLSCertificate(madeAt: 1_700_000_000)
        let clientCertificate = try DTLSCertificate(madeAt: 1_700_000_000)
        let server = ICECredentials(usernameFragment: "server", password: "serverPasswordOf128Bits")
        let local = ICECredentials(usernameFragment: "client", password: "clientPasswordOf128Bits")
        let slot = SendParameters(
            mid: "v", kind: .video, payloads: [PayloadMapping(payloadType: 96, format: CodecFormat(.vp8))],
            extensions: HeaderExtensionMap(), ssrc: SSRC(77), cname: "c")
        parameters = TransportParameters(
            id: TransportID(rawValue: 1), localCredentials: server, remoteCredentials: local,
            remoteFingerprints: [
                namesOtherFingerprint ? serverCertificate.fingerprint : clientCertificate.fingerprint
            ], publications: [], slots: [slot], hasDataSection: hasDataSection)
        context = try DTLSContext(certificate: serverCertificate)
        engine = try SealingEngine()
        transport = try PeerTransport(parameters: parameters, context: context, engine: engine, now: now)
        client = try ClientPeer(
            parameters: ClientParameters(
                localCredentials: local, remoteCredentials: server,
                remoteFingerprints: [serverCertificate.fingerprint],
                remoteCandidates: [Self.serverPath.local], slots: [slot]),
            context: ClientContext(certificate: clientCertificate), localAddress: Self.serverPath.remote, seed: 5,
            now: now)
    }

    /// Lets time pass in steps of ten milliseconds.
    func run(_ duration: Duration) {
        let end = now + duration
        while now < end {
            exchange()
            now = now + .milliseconds(10)
            if let due = client.nextTimeout, due <= now { client.handleTimeout(now: now) }
            if let due = transport.nextTimeout, due <= now { transport.handleTimeout(now: now) }
        }
        exchange()
    }

    /// Gives the client a datagram of the server.
    func deliver(_ octets: [UInt8]) {
        client.receive(
            octets, on: NetworkPath(local: Self.serverPath.remote, remote: Self.serverPath.local), now: now)
    }

    private func exchange() {
        var response: [UInt8] = []
        if let due = client.nextTimeout, due <= now { client.handleTimeout(now: now) }
        while let (octets, _) = client.nextDatagram() {
            switch DatagramKind(datagram: octets.span) {
            case .stun:
                guard carriesSTUN else { break }
                switch transport.receiveSTUN(octets.span, on: Self.serverPath, now: now, response: &response) {
                case .answer, .answerSelecting: deliver(response)
                case .drop: break
                }
            case .dtls:
                transport.receiveDTLS(octets.span, on: Self.serverPath, now: now)
            case .rtp, .rtcp: received.append(octets)
            case .drop: break
            }
            while let flight = transport.nextHandshakeDatagram() { deliver(flight) }
        }
        while let flight = transport.nextHandshakeDatagram() { deliver(flight) }
    }
}
