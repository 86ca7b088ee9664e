import Client
import DatagramIO
import Dispatch
import ICE
import Primitives

/// Connects as a client does: ICE with a nomination, then the DTLS handshake.
struct MediaConnection {
    static let patience = Duration.seconds(5)

    let parameters: ClientParameters
    let identity: ClientIdentity

    enum Outcome: Hashable, Sendable {
        case established(TransportAddress)
        case failed(String)
    }

    /// Drives the connection on a thread of its own, since it waits for the socket.
    func run() async -> Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do {
                    continuation.resume(returning: try drive())
                } catch {
                    continuation.resume(returning: .failed("\(error)"))
                }
            }
        }
    }

    private func drive() throws -> Outcome {
        let sockets = try ClientSockets(usesSegmentationOffload: false)
        let socket = try sockets.open()
        defer { sockets.close(socket) }
        let isV6 = parameters.remoteCandidates.first?.family == .v6
        let anyAddress = TransportAddress(family: isV6 ? .v6 : .v4, high: 0, low: 0, port: 0)
        var generator = SystemRandomNumberGenerator()
        let start = ClientSockets.now
        let peer = try ClientPeer(
            parameters: parameters, context: identity.context(), localAddress: anyAddress, seed: generator.next(),
            now: start)
        func flush() {
            unsafe peer.drainDatagrams { datagram, path in unsafe sockets.send(datagram, from: socket, on: path) }
            sockets.flush()
        }
        peer.handleTimeout(now: start)
        while true {
            flush()
            switch peer.state {
            case .established:
                let remote = peer.selectedPath?.remote
                peer.close()
                flush()
                return remote.map(Outcome.established) ?? .failed("no path was selected")
            case .closed(let reason): return .failed("\(reason)")
            case .connecting, .handshaking: break
            }
            let now = ClientSockets.now
            guard now - start < Self.patience else {
                return .failed("the handshake is not complete in \(Self.patience)")
            }
            unsafe sockets.receive(within: max(.zero, min(.milliseconds(200), (peer.nextTimeout ?? now) - now))) {
                _, datagram, path, _ in
                unsafe peer.receive(
                    datagram, on: NetworkPath(local: anyAddress, remote: path.remote), now: ClientSockets.now)
            }
            peer.handleTimeout(now: ClientSockets.now)
        }
    }
}
