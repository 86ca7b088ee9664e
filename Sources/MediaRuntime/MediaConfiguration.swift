import Primitives

/// How the media plane is set up.
package struct MediaConfiguration: Sendable {
    /// UDP ports to choose from, one per worker.
    package var ports: ClosedRange<UInt16>
    /// Worker threads; at most one per port.
    package var workers: Int
    /// Addresses announced as candidates, their ports ignored; empty means every interface's and 127.0.0.1.
    package var addresses: [TransportAddress]
    /// Whether equal-sized datagrams to one peer are joined for the kernel to cut (UDP_SEGMENT).
    package var usesSegmentationOffload: Bool

    package init(
        ports: ClosedRange<UInt16> = 7_882...7_897, workers: Int = 1, addresses: [TransportAddress] = [],
        usesSegmentationOffload: Bool = true
    ) {
        self.ports = ports
        self.workers = workers
        self.addresses = addresses
        self.usesSegmentationOffload = usesSegmentationOffload
    }
}
