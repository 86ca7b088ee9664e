import Client
import PacketFeeder
import Primitives

/// A viewer that answers as browsers do, and the path to it.
struct ViewerPath {
    /// A datagram that lies longer in front of the link is lost.
    private static let longestQueue = Duration.milliseconds(300)

    let client: ClientPeer
    /// From the worker to the viewer, and back.
    let delay: Duration
    /// Nanoseconds for which an octet keeps the link busy; 0 where it carries everything.
    private let busyPerOctet: Int64
    private var freeAt = MonotonicInstant.zero

    /// - Parameter index: from 1.
    init(_ client: ClientPeer, _ index: UInt32, of options: pf_options) {
        self.client = client
        // Viewers answer at different times, not all within one turn.
        delay = .microseconds(2_000 + 12_000 * Int64(index) / Int64(options.viewers))
        busyPerOctet = options.link == 0 ? 0 : 8_000_000 / Int64(options.link)
    }

    /// When a datagram arrives; `nil` where it is lost.
    mutating func arrival(octets: Int, sentAt: MonotonicInstant) -> MonotonicInstant? {
        let begin = max(freeAt, sentAt)
        guard begin - sentAt < Self.longestQueue else { return nil }
        freeAt = begin + .nanoseconds(Int64(octets) * busyPerOctet)
        return freeAt + delay
    }
}
