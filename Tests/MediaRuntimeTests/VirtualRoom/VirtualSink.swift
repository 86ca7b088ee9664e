import MediaRuntime
import Primitives
import TestSupport

/// The worker's datagrams go into the virtual network.
final class VirtualSink: DatagramSink {
    let network: VirtualNetwork
    var now = MonotonicInstant.zero
    /// Sees each datagram on its way out.
    var observer: (([UInt8], NetworkPath) -> Void)?

    init(network: VirtualNetwork) { self.network = network }

    func send(_ batch: SendBatch) {
        unsafe batch.forEachDatagram { datagram, path in
            let octets = unsafe Array(datagram)
            observer?(octets, path)
            network.send(octets, from: path.local, to: path.remote, at: now)
        }
    }
}
