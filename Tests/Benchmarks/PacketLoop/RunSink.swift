import DatagramIO
import MediaRuntime
import Primitives

/// Takes the worker's datagrams: hands them to the clients while they connect, then to the socket, or to nobody.
// Safe to use: a head's number is below the capacity of both, which live as long as the sink.
@safe final class RunSink: DatagramSink {
    /// The beginning of a packet of media that has left to a viewer.
    struct Head {
        /// With room for the tag that clients take off what they do not open.
        static let octets = 64
        /// The lower half of the viewer's address less `firstViewer`.
        var viewer: UInt32
        /// Of the datagram.
        var octets: UInt32
    }

    /// `nil` where the kernel is not to be called.
    var socket: UDPSocket?
    var collected: [([UInt8], NetworkPath)] = []
    var collects = true
    /// Whether heads of media, and all else, are kept for clients that answer, and `now` is the time of sending.
    var follows = false
    var now = MonotonicInstant.zero
    private let heads: UnsafeMutablePointer<Head>
    private var count = 0
    private let capacity: Int
    /// The address of the first viewer.
    private let firstViewer: UInt32
    private let slab: UnsafeMutableRawPointer
    /// Messages that were sent since the clients connected.
    private(set) var messages: UInt64 = 0

    init(firstViewer: UInt32, capacity: Int) {
        self.firstViewer = firstViewer
        unsafe slab = .allocate(byteCount: capacity * Head.octets, alignment: 8)
        unsafe heads = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        unsafe slab.deallocate()
        unsafe heads.deallocate()
    }

    func send(_ batch: SendBatch) -> MonotonicInstant {
        if collects {
            unsafe batch.forEachDatagram { datagram, path in unsafe collected.append((Array(datagram), path)) }
            return now
        }
        messages += UInt64(batch.messageCount)
        if follows { follow(batch) }
        let sent = socket?.send(batch) ?? .zero
        return follows ? now : sent
    }

    private func follow(_ batch: SendBatch) {
        var count = self.count
        unsafe batch.forEachDatagram { datagram, path in
            // RTP, and not RTCP (RFC 5761 section 4).
            guard datagram.count >= Head.octets, unsafe datagram[0] & 0xC0 == 0x80,
                unsafe datagram[1] < 192 || datagram[1] > 223, count < capacity
            else { return collected.append((unsafe Array(datagram), path)) }
            unsafe (slab + count * Head.octets).copyMemory(
                from: datagram.baseAddress.unsafelyUnwrapped, byteCount: Head.octets)
            unsafe (heads + count).initialize(
                to: Head(
                    viewer: UInt32(truncatingIfNeeded: path.remote.low) &- firstViewer,
                    octets: UInt32(truncatingIfNeeded: datagram.count)))
            count += 1
        }
        self.count = count
    }

    /// Hands over the heads that were kept since the last call.
    func takeHeads(_ body: (Head, UnsafeMutableRawBufferPointer) -> Void) {
        for index in 0..<count {
            unsafe body(
                heads[index], UnsafeMutableRawBufferPointer(start: slab + index * Head.octets, count: Head.octets))
        }
        count = 0
    }
}
