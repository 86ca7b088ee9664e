import DatagramIO
import Primitives
import TestSupport

@testable import MediaRuntime

/// The worker's datagrams go into the virtual network.
final class VirtualSink: DatagramSink {
    let network: VirtualNetwork
    var now = MonotonicInstant.zero
    /// Sees each datagram on its way out.
    var observer: (([UInt8], NetworkPath) -> Void)?
    /// What the kernel would have been handed: one or several datagrams in each.
    private(set) var messages = 0

    init(network: VirtualNetwork) { self.network = network }

    /// How much later than its turn a batch leaves.
    var sendingTakes = Duration.zero

    func send(_ batch: SendBatch) -> MonotonicInstant {
        messages += batch.messageCount
        unsafe batch.forEachDatagram { datagram, path in
            let octets = unsafe Array(datagram)
            observer?(octets, path)
            network.send(octets, from: path.local, to: path.remote, at: now)
        }
        return now + sendingTakes
    }
}
