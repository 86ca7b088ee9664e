import DatagramIO
import MediaRuntime
import Primitives

/// Takes the worker's datagrams: hands them to the clients while they connect, then to the socket, or to nobody.
final class RunSink: DatagramSink {
    /// `nil` where the kernel is not to be called.
    var socket: UDPSocket?
    var collected: [([UInt8], NetworkPath)] = []
    var collects = true
    /// Messages that were sent since the clients connected.
    private(set) var messages: UInt64 = 0

    func send(_ batch: SendBatch) -> MonotonicInstant {
        if collects {
            unsafe batch.forEachDatagram { datagram, path in unsafe collected.append((Array(datagram), path)) }
        } else {
            messages += UInt64(batch.messageCount)
            return socket?.send(batch) ?? .zero
        }
        return .zero
    }
}
