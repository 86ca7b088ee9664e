import Primitives

/// Divides a worker's batches: datagrams for TCP connections go to these, the others to the sink behind.
package final class TCPSink: DatagramSink {
    private let base: any DatagramSink
    private let connections: TCPConnections
    /// The time of the turn.
    package var now = MonotonicInstant.zero

    package init(_ base: any DatagramSink, _ connections: TCPConnections) {
        self.base = base
        self.connections = connections
    }

    @discardableResult
    package func send(_ batch: SendBatch) -> MonotonicInstant {
        if connections.isInUse {
            unsafe batch.takeMessagesToConnections { datagram, connection, port in
                unsafe connections.send(datagram, on: connection, port: port, now: now)
            }
        }
        return base.send(batch)
    }
}
