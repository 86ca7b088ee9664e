import Primitives

/// A network in virtual time: datagrams between addresses, each direction with conditions of its own. The same seed and
/// the same calls give the same arrivals.
package final class VirtualNetwork {
    /// A datagram that arrives.
    package struct Datagram: Sendable {
        package var octets: [UInt8]
        package var from: TransportAddress
        package var to: TransportAddress
        /// When it arrives.
        package var at: MonotonicInstant
    }

    /// What the network did so far, in datagrams.
    package struct Figures: Equatable, Sendable {
        package var sent = 0
        package var delivered = 0
        package var lost = 0
        /// Lost because a queue was full.
        package var overflowed = 0
        package var duplicated = 0
        /// Taken out by `interceptor`.
        package var intercepted = 0

        package init() {}
    }

    /// One direction between two addresses.
    private struct Direction: Hashable {
        var from: TransportAddress
        var to: TransportAddress
    }

    package private(set) var figures = Figures()
    /// The conditions of directions that were given none.
    package var defaultConditions: LinkConditions
    /// Sees each datagram when it is sent, and says whether it goes on.
    package var interceptor: ((borrowing Datagram) -> Bool)?

    private var generator: SeededGenerator
    private var links: [Direction: VirtualLink] = [:]
    private var queue = ArrivalQueue()

    package init(seed: UInt64, conditions: LinkConditions = .perfect) {
        generator = SeededGenerator(seed: seed)
        defaultConditions = conditions
    }

    /// Sets the conditions of one direction from now on.
    package func setConditions(_ conditions: LinkConditions, from: TransportAddress, to: TransportAddress) {
        let direction = Direction(from: from, to: to)
        if links[direction] == nil { links[direction] = makeLink() }
        links[direction]?.conditions = conditions
    }

    /// Sends a datagram at `now`.
    package func send(_ octets: [UInt8], from: TransportAddress, to: TransportAddress, at now: MonotonicInstant) {
        figures.sent += 1
        var datagram = Datagram(octets: octets, from: from, to: to, at: now)
        if let interceptor, !interceptor(datagram) { return figures.intercepted += 1 }
        let direction = Direction(from: from, to: to)
        var link = links[direction] ?? makeLink()
        let outcome = link.send(octets: octets.count, at: now)
        links[direction] = link
        switch outcome {
        case .lost: figures.lost += 1
        case .overflowed: figures.overflowed += 1
        case .arrives(let arrival):
            datagram.at = arrival
            queue.insert(datagram)
        case .arrivesTwice(let first, let second):
            figures.duplicated += 1
            datagram.at = first
            queue.insert(datagram)
            datagram.at = second
            queue.insert(datagram)
        }
    }

    /// When the next datagram arrives; `nil` while none is on the way.
    package var nextArrival: MonotonicInstant? { queue.nextArrival }

    /// Takes the next datagram that has arrived at `now`, in the order of arrival.
    package func popArrived(at now: MonotonicInstant) -> Datagram? {
        guard let next = queue.nextArrival, next <= now, let datagram = queue.popFirst() else { return nil }
        figures.delivered += 1
        return datagram
    }

    /// Hands out every datagram that arrives until `now`, in the order of arrival; `body` may send more.
    package func deliver(until now: MonotonicInstant, _ body: (Datagram) -> Void) {
        while let datagram = popArrived(at: now) { body(datagram) }
    }

    private func makeLink() -> VirtualLink {
        VirtualLink(defaultConditions, generator: SeededGenerator(seed: generator.next()))
    }
}

/// Datagrams by their arrival; those of one instant in the order in which they were sent.
private struct ArrivalQueue {
    private struct Entry {
        var ordinal: Int
        var datagram: VirtualNetwork.Datagram

        func isBefore(_ other: Entry) -> Bool {
            datagram.at == other.datagram.at ? ordinal < other.ordinal : datagram.at < other.datagram.at
        }
    }

    /// A binary heap.
    private var entries: [Entry] = []
    private var nextOrdinal = 0

    var nextArrival: MonotonicInstant? { entries.first?.datagram.at }

    mutating func insert(_ datagram: VirtualNetwork.Datagram) {
        entries.append(Entry(ordinal: nextOrdinal, datagram: datagram))
        nextOrdinal += 1
        var place = entries.count - 1
        while place > 0, entries[place].isBefore(entries[(place - 1) / 2]) {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func popFirst() -> VirtualNetwork.Datagram? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.datagram }
        entries[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count {
                if entries[child].isBefore(entries[least]) { least = child }
            }
            guard least != place else { return first.datagram }
            entries.swapAt(place, least)
            place = least
        }
    }
}
