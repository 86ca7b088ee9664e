import CDatagram
import Glibc
import Primitives

/// One TCP connection of a worker: framed datagrams in both directions.
final class TCPConnection {
    let descriptor: Int32
    let path: NetworkPath
    var reader = TCPFrameReader()
    var queue = TCPSendQueue()
    var flow = TCPFlow.clear
    /// Whether a check on it has named a peer.
    var isProven = false
    /// When the worker knew a peer on this path last, or the connection was accepted.
    var lastKnown: MonotonicInstant
    var lastReceived: MonotonicInstant
    /// When a frame began that is not complete; `nil` while there is none.
    var frameBegan: MonotonicInstant?
    /// When it was stalled.
    var stalledSince = MonotonicInstant.zero
    /// Whether it waits to be told that the kernel takes more.
    var awaitsRoom = false
    /// Whether it has something to write in this turn.
    var isDirty = false
    /// Why it is to be closed at the end of the turn.
    var ending: TCPClosing?

    init(descriptor: Int32, path: NetworkPath, now: MonotonicInstant) {
        self.descriptor = descriptor
        self.path = path
        lastKnown = now
        lastReceived = now
    }

    deinit { fs_close(descriptor) }

    /// Hands the kernel what waits, as far as it takes it.
    func write() {
        var failure: Int64 = 0
        unsafe queue.write { octets in
            guard let start = octets.baseAddress, octets.count > 0 else { return 0 }
            let taken = unsafe fs_tcp_write(descriptor, start, UInt64(octets.count))
            if taken < 0 { failure = taken }
            return Int(max(taken, 0))
        }
        if failure < 0, failure != -Int64(EAGAIN), failure != -Int64(EINTR), ending == nil { ending = .byPeer }
    }

    /// Why it is to be closed now; `nil` where it may stay.
    func overdue(at now: MonotonicInstant) -> TCPClosing? {
        if now - lastKnown >= TCPLimits.unprovenTime { return .unproven }
        if let frameBegan, now - frameBegan >= TCPLimits.frameTime { return .frame }
        if flow == .stalled, now - stalledSince >= TCPLimits.longestStall { return .stalled }
        if now - lastReceived >= TCPLimits.idleTime { return .idle }
        return nil
    }
}

/// How much a TCP connection takes.
package enum TCPFlow: Sendable {
    /// Everything may be sent.
    case clear
    /// Video waits in its publishers' buffers until less waits here.
    case congested
    /// Nothing is sent until the connection takes data again; what was sent last is lost.
    case stalled
    /// The connection is closed.
    case closed
}

/// Why a TCP connection was closed; the raw value names the counter.
package enum TCPClosing: String, Sendable, CaseIterable {
    /// The other end closed it, or it broke.
    case byPeer = "peer"
    /// There were too many connections.
    case refused
    /// No check named a peer in time, or the peer is gone.
    case unproven
    /// A frame was too long, or not completed in time.
    case frame
    /// It took no data for too long.
    case stalled
    /// Nothing came for too long.
    case idle
}
