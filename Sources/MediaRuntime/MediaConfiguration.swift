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
    /// How long a picture's first packets are held for the last, so that they leave together; sound is never held.
    package var frameHold: Duration

    /// Whether each worker takes TCP connections on the number of its UDP port (RFC 6544).
    package var acceptsTCP: Bool
    /// Whether the path to each viewer is estimated, and no more is sent than it carries.
    package var controlsCongestion: Bool
    /// The folder into which what is estimated of each viewer's path is written; `nil` for none.
    package var traceFolder: String?

    /// Longer holds would be felt.
    package static let longestFrameHold = Duration.milliseconds(10)
    /// Nine in ten pictures of Chromium at 2 Mbit/s come whole within this time (Docs/PacketPath.md).
    package static let defaultFrameHold = Duration.milliseconds(2)

    package init(
        ports: ClosedRange<UInt16> = 7_882...7_897, workers: Int = 1, addresses: [TransportAddress] = [],
        usesSegmentationOffload: Bool = true, frameHold: Duration = defaultFrameHold,
        controlsCongestion: Bool = true, traceFolder: String? = nil, acceptsTCP: Bool = true
    ) {
        self.ports = ports
        self.workers = workers
        self.addresses = addresses
        self.acceptsTCP = acceptsTCP
        self.controlsCongestion = controlsCongestion
        self.traceFolder = traceFolder
        self.usesSegmentationOffload = usesSegmentationOffload
        self.frameHold = min(max(frameHold, .zero), Self.longestFrameHold)
    }
}
