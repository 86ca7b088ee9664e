import CDatagram
import Glibc
import Primitives

/// A client's end of a TCP connection to a worker (RFC 6544, active candidate): framed datagrams in both directions, without
/// waiting. Confined to its thread.
// Safe to use: the buffer lives as long as this object.
@safe package final class TCPClient {
    /// How long the worker's host may take to accept, in milliseconds.
    private static let patience: Int32 = 5_000
    /// Octets read per call.
    private static let readOctets = 16 * 1_024

    /// As the client sees it.
    package let path: NetworkPath
    private let descriptor: Int32
    private let buffer: UnsafeMutableRawPointer
    private var reader = TCPFrameReader()
    private var queue = TCPSendQueue()

    /// Connects.
    ///
    /// - Parameter receiveBuffer: octets that the kernel keeps for this end; 0 for its default.
    package init(to remote: TransportAddress, receiveBuffer: Int32 = 0) throws(SocketError) {
        var local = fs_endpoint()
        var endpoint = fs_endpoint(remote)
        descriptor = unsafe fs_tcp_connect(&endpoint, receiveBuffer, Self.patience, &local)
        guard descriptor >= 0 else {
            throw unsafe SocketError(
                description: "cannot connect to \(remote): \(String(cString: strerror(-descriptor)))")
        }
        path = NetworkPath(local: TransportAddress(local), remote: remote, connection: 1)
        unsafe buffer = .allocate(byteCount: Self.readOctets, alignment: 16)
    }

    deinit {
        fs_close(descriptor)
        unsafe buffer.deallocate()
    }

    /// Sends a datagram, and what waits before it, as far as the kernel takes it.
    ///
    /// - Returns: `false` where too much waits: the datagram is dropped.
    @discardableResult
    package func send(_ datagram: UnsafeBufferPointer<UInt8>, now: MonotonicInstant) -> Bool {
        let isQueued = unsafe queue.append(datagram, now: now)
        flush()
        return isQueued
    }

    /// Sends octets as they are, without a length in front: for tests of what is not a frame.
    package func sendRaw(_ octets: [UInt8]) {
        _ = unsafe octets.withUnsafeBytes { octets in
            unsafe octets.baseAddress.map { unsafe fs_tcp_write(descriptor, $0, UInt64(octets.count)) }
        }
    }

    /// Sends what waits, as far as the kernel takes it.
    package func flush() {
        unsafe queue.write { octets in
            guard let start = octets.baseAddress, octets.count > 0 else { return 0 }
            return unsafe Int(max(fs_tcp_write(descriptor, start, UInt64(octets.count)), 0))
        }
    }

    /// Takes what has come.
    ///
    /// - Returns: whether the connection is still open.
    package func receive(_ body: (UnsafeMutableRawBufferPointer) -> Void) -> Bool {
        while true {
            let count = unsafe Int(fs_tcp_read(descriptor, buffer, UInt64(Self.readOctets)))
            guard count > 0 else { return count == -Int(EAGAIN) || count == -Int(EINTR) }
            do throws(TCPFrameReader.FrameTooLong) {
                try unsafe reader.receive(UnsafeMutableRawBufferPointer(start: buffer, count: count), body)
            } catch {
                return false
            }
        }
    }
}
