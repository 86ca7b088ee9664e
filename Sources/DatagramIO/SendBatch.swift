import CDatagram
import Primitives

/// The datagrams of a turn on their way out: laid next to each other in one slab, equal-sized runs to one peer joined
/// into one message that the kernel cuts (UDP_SEGMENT).
///
/// The slab is small enough to stay in the processor's cache and is used again after each flush. Confined to its
/// worker's thread.
///
/// What the packet loop calls is `@inlinable`: a worker's module has it inside its own loop.
// Safe to use: `reserve` hands out space inside the slab only, and `commit` checks what was written against it.
@safe @usableFromInline package final class SendBatch {
    /// Octets of the slab.
    @inlinable package static var slabOctets: Int { 192 * 1_024 }
    /// The largest datagram that is ever sent, SRTP's tag included.
    @inlinable package static var maximumDatagram: Int { 1_536 }
    /// Messages of one flush.
    @inlinable package static var maximumMessages: Int { 32 }
    /// Datagrams that the kernel cuts out of one message at most (UDP_MAX_SEGMENTS of older kernels).
    @inlinable package static var maximumSegments: Int { 64 }
    /// Octets of one message: the largest UDP payload over IPv4.
    @inlinable package static var maximumMessage: Int { 65_000 }

    @usableFromInline let slab: UnsafeMutablePointer<UInt8>
    @usableFromInline let messages: UnsafeMutablePointer<fs_outgoing>
    /// Messages that the batch holds.
    @usableFromInline package internal(set) var messageCount = 0
    /// Where the next datagram goes.
    @usableFromInline var next: UnsafeMutablePointer<UInt8>
    /// The last place from which a datagram of any size fits; before the slab once no other message fits.
    @usableFromInline var lastPlace: UnsafeMutablePointer<UInt8>
    /// The GSO segment size of the message that is being filled, 0 when it is closed. A later datagram joins only if it is not
    /// larger.
    @usableFromInline var openSegment = 0
    /// Octets that may still be added to the last message.
    private var openCapacity = 0
    /// Whether runs are joined; off where the kernel refuses segmentation offload.
    package var joinsDatagrams: Bool

    package init(joinsDatagrams: Bool) {
        self.joinsDatagrams = joinsDatagrams
        unsafe slab = .allocate(capacity: Self.slabOctets)
        unsafe next = slab
        unsafe lastPlace = slab + (Self.slabOctets - Self.maximumDatagram)
        unsafe messages = .allocate(capacity: Self.maximumMessages)
    }

    deinit {
        unsafe slab.deallocate()
        unsafe messages.deallocate()
    }

    @inlinable package var isEmpty: Bool { messageCount == 0 }

    /// Whether another datagram of any size might not fit: flush first.
    @inlinable package var isFull: Bool { unsafe next > lastPlace }

    /// Space for one datagram of up to `maximumDatagram` octets; the batch must not be full.
    @inlinable package func reserve() -> UnsafeMutablePointer<UInt8> {
        precondition(!isFull, "flush the batch before reserving more")
        return unsafe next
    }

    /// Whether another message of so many octets fits; otherwise flush first.
    @inlinable package func hasCapacity(octets: Int) -> Bool {
        unsafe messageCount < Self.maximumMessages && octets <= slab + Self.slabOctets - next
    }

    /// Space for one message of up to so many octets, for which the batch must have capacity.
    @inlinable package func reserve(octets: Int) -> UnsafeMutablePointer<UInt8> {
        precondition(hasCapacity(octets: octets), "flush the batch before reserving more")
        return unsafe next
    }

    /// Takes the message that was written to the space reserved last.
    ///
    /// - Parameters:
    ///   - octets: of all its datagrams, no more than were reserved.
    ///   - segment: octets of each datagram but the last, which may be smaller.
    @inlinable package func commit(message octets: Int, segment: Int, to route: borrowing Route) {
        append(octets: octets, segment: segment, to: route)
        openSegment = 0
    }

    @inlinable func append(octets: Int, segment: Int, to route: borrowing Route) {
        unsafe (messages + messageCount).initialize(
            to: fs_outgoing(
                data: next, length: UInt32(truncatingIfNeeded: octets), segment: UInt32(truncatingIfNeeded: segment),
                remote: route.remote, local: route.local))
        messageCount &+= 1
        if messageCount == Self.maximumMessages { unsafe lastPlace = slab - 1 }
        unsafe next += octets
    }

    /// Joins the datagram that was written to the space reserved last to the message before it, which goes to the same
    /// peer.
    ///
    /// - Returns: `false`, with nothing changed, where it begins a message of its own.
    private func join(octets: Int) -> Bool {
        let segment = openSegment
        guard octets <= segment, octets <= openCapacity else { return false }
        unsafe messages[messageCount &- 1].length &+= UInt32(truncatingIfNeeded: octets)
        openCapacity &-= octets
        // Only the last segment of a message may be shorter.
        if octets != segment { openSegment = 0 }
        unsafe next += octets
        return true
    }

    /// Takes the datagram that was written to the space reserved last.
    package func commit(octets: Int, to route: borrowing Route) {
        precondition(octets <= Self.maximumDatagram, "a datagram larger than its space")
        if openSegment > 0 {
            let last = unsafe messages + (messageCount - 1)
            let isSamePath = unsafe route.isSame(as: Route(remote: last.pointee.remote, local: last.pointee.local))
            if isSamePath, join(octets: octets) { return }
        }
        append(octets: octets, segment: octets, to: route)
        openSegment = joinsDatagrams ? octets : 0
        openCapacity = min(Self.maximumMessage, Self.maximumSegments * octets) - octets
    }

    /// Empties the batch after its messages were sent.
    @inlinable package func reset() {
        messageCount = 0
        unsafe next = slab
        unsafe lastPlace = slab + (Self.slabOctets - Self.maximumDatagram)
        openSegment = 0
    }

    /// Calls `body` with each datagram as it will be on the wire; for mediators other than the kernel's socket.
    package func forEachDatagram(_ body: (UnsafeBufferPointer<UInt8>, NetworkPath) -> Void) {
        for index in 0..<messageCount {
            let message = unsafe messages[index]
            let path = unsafe NetworkPath(
                local: TransportAddress(message.local), remote: TransportAddress(message.remote),
                connection: message.remote.connection)
            unsafe Self.forEachDatagram(of: message) { datagram in unsafe body(datagram, path) }
        }
    }

    private static func forEachDatagram(of message: fs_outgoing, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var offset = 0
        let length = unsafe Int(message.length)
        while offset < length {
            let count = unsafe min(Int(message.segment), length - offset)
            unsafe body(UnsafeBufferPointer(start: message.data + offset, count: count))
            offset += count
        }
    }

    /// Takes out what goes to TCP connections; the datagrams of UDP stay.
    ///
    /// - Parameter body: called with each datagram, its connection and the connection's remote port.
    func takeMessagesToConnections(_ body: (UnsafeBufferPointer<UInt8>, UInt16, UInt16) -> Void) {
        var kept = 0
        for index in 0..<messageCount {
            let message = unsafe messages[index]
            let remote = unsafe message.remote
            if remote.connection == 0 {
                unsafe messages[kept] = message
                kept += 1
            } else {
                unsafe Self.forEachDatagram(of: message) { unsafe body($0, remote.connection, remote.port) }
            }
        }
        messageCount = kept
    }
}

extension Route {
    init(remote: fs_endpoint, local: fs_endpoint) {
        self.remote = remote
        self.local = local
    }
}

/// Where a worker's datagrams go: the kernel's socket, or a virtual network in tests. Called once per batch.
package protocol DatagramSink: AnyObject {
    /// Sends every datagram of the batch; the worker empties it afterwards.
    ///
    /// - Returns: when that was, on the clock that the worker's `now` is read from.
    @discardableResult
    func send(_ batch: SendBatch) -> MonotonicInstant
}
