import ICE
import LinkModel
import Primitives

/// A poor link in front of one viewer's socket: a rate and a queue towards the viewer, a delay and losses both ways.
package struct ViewerLink {
    /// UDP and IPv4 in front of each datagram, which the link carries as well.
    private static let headers = 28

    /// A datagram that is on its way.
    struct Travelling {
        var at: MonotonicInstant
        var octets: [UInt8]
        var path: NetworkPath
    }

    /// What the link did since counting began.
    struct Figures {
        /// How long datagrams waited for the link, their own transmission included.
        var waits = LatencyHistogram()
        var dropped: Int64 = 0
        var octets: Int64 = 0
    }

    private var down: VirtualLink
    private var up: VirtualLink
    private var arriving = Queue()
    private var leaving = Queue()
    var figures = Figures()

    init(_ settings: Settings, generator: inout some RandomNumberGenerator) {
        down = VirtualLink(settings.down, generator: SeededGenerator(seed: generator.next()))
        up = VirtualLink(settings.up, generator: SeededGenerator(seed: generator.next()))
    }

    /// When something arrives at the viewer or leaves it next.
    var next: MonotonicInstant? { earliest(arriving.next, leaving.next) }

    /// Takes a datagram from the server.
    mutating func receive(_ datagram: UnsafeMutableRawBufferPointer, on path: NetworkPath, now: MonotonicInstant) {
        let size = datagram.count + Self.headers
        switch down.send(octets: size, at: now) {
        case .arrives(let at), .arrivesTwice(let at, _):
            figures.waits.note(at - down.conditions.latency - now)
            figures.octets += Int64(size)
            unsafe arriving.append(Travelling(at: at, octets: [UInt8](datagram), path: path))
        case .lost, .overflowed: figures.dropped += 1
        }
    }

    /// Takes a datagram of the viewer.
    mutating func send(_ datagram: UnsafeRawBufferPointer, on path: NetworkPath, now: MonotonicInstant) {
        guard case .arrives(let at) = up.send(octets: datagram.count + Self.headers, at: now) else { return }
        unsafe leaving.append(Travelling(at: at, octets: [UInt8](datagram), path: path))
    }

    /// The next datagram that has come to the viewer.
    mutating func takeArrived(now: MonotonicInstant) -> Travelling? { arriving.take(now: now) }

    /// The next datagram that has left the link towards the server.
    mutating func takeLeft(now: MonotonicInstant) -> Travelling? { leaving.take(now: now) }

    /// In the order of arrival.
    private struct Queue {
        private var entries: [Travelling] = []
        private var first = 0

        var next: MonotonicInstant? { first < entries.count ? entries[first].at : nil }

        mutating func append(_ entry: Travelling) { entries.append(entry) }

        mutating func take(now: MonotonicInstant) -> Travelling? {
            guard first < entries.count, entries[first].at <= now else { return nil }
            defer {
                first += 1
                if first == entries.count || first > 1_000 {
                    entries.removeFirst(first)
                    first = 0
                }
            }
            return entries[first]
        }
    }
}
