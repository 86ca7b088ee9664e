import CDatagram
import Glibc

/// A TCP listener that no thread has taken yet, on the port number of a worker's UDP socket: opened where errors can be
/// told, then handed to its worker.
package struct OpenedListener: Sendable {
    package let descriptor: Int32

    /// Listens on the port of `socket`.
    package init(besides socket: OpenedSocket) throws(SocketError) {
        descriptor = fs_tcp_listen(socket.port, socket.isV4Only, TCPLimits.backlog)
        guard descriptor >= 0 else {
            throw unsafe SocketError(
                description: "cannot listen on TCP port \(socket.port) (\(String(cString: strerror(-descriptor))))")
        }
    }
}

extension OpenedSocket {
    /// Binds the first port of `ports` that is free for UDP and for TCP.
    package static func withListener(
        firstFreeOf ports: some Sequence<UInt16>
    ) throws(SocketError) -> (OpenedSocket, OpenedListener) {
        var lastFailure = "no port given"
        for port in ports {
            guard let socket = try? OpenedSocket(firstFreeOf: CollectionOfOne(port)) else { continue }
            do throws(SocketError) {
                return (socket, try OpenedListener(besides: socket))
            } catch {
                fs_close(socket.descriptor)
                lastFailure = error.description
            }
        }
        throw SocketError(
            description: "no port for media is free for UDP and TCP (\(lastFailure)); give a free range with "
                + "--media-ports A-B, or set media.tcp to false")
    }
}
