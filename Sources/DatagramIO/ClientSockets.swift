import CDatagram
import Primitives

/// Many UDP sockets of one thread, as headless clients need them: each client has an address of its own, all share the
/// receive buffers and the batch of what is sent. Confined to its thread.
// Safe to use: names are indices that were handed out here and are checked; datagrams are lent for one call.
@safe package final class ClientSockets {
    /// Kernel buffers asked for per socket, in octets: a second of 8 Mbit/s.
    static let kernelBuffer: Int32 = 1_024 * 1_024
    /// Receive calls per socket and turn.
    private static let receivesPerTurn = 4
    /// The name under which the waker is watched.
    private static let wakerName = UInt32.max

    /// Wakes the thread from others.
    package let waker: Waker
    private let epoll: Int32
    private let buffers = ReceiveBuffers()
    private let batch: SendBatch
    private var sockets: [UDPSocket?] = []
    private var free: [Int] = []
    private var batchOwner = -1
    private var names = [UInt32](repeating: 0, count: 64)
    /// Nanoseconds from the monotonic to the wall clock when this was made.
    package let wallClockOffset: Int64

    /// - Throws: `SocketError` where the process has too many open files.
    package init(usesSegmentationOffload: Bool) throws(SocketError) {
        waker = try Waker()
        epoll = fs_epoll_create()
        guard epoll >= 0, fs_epoll_add(epoll, waker.descriptor, Self.wakerName) == 0 else {
            throw SocketError(description: "cannot open an epoll instance; raise the limit of open files (ulimit -n)")
        }
        batch = SendBatch(joinsDatagrams: usesSegmentationOffload)
        wallClockOffset = fs_realtime_now() - fs_monotonic_now()
    }

    deinit { fs_close(epoll) }

    /// The monotonic clock.
    package static var now: MonotonicInstant { MonotonicInstant(nanoseconds: fs_monotonic_now()) }

    /// Opens a socket on a free port; its name stands for it in the other calls.
    package func open() throws(SocketError) -> Int {
        let opened = try OpenedSocket(firstFreeOf: CollectionOfOne(0), kernelBuffer: Self.kernelBuffer)
        // Arrivals noted by the kernel do not contain how long this thread was busy with others.
        _ = fs_note_arrivals(opened.descriptor)
        let name = free.popLast() ?? sockets.count
        guard fs_epoll_add(epoll, opened.descriptor, UInt32(name)) == 0 else {
            fs_close(opened.descriptor)
            throw SocketError(description: "cannot watch another socket; raise the limit of open files (ulimit -n)")
        }
        let socket = UDPSocket(opened, usesSegmentationOffload: batch.joinsDatagrams, buffers: buffers)
        if name == sockets.count { sockets.append(socket) } else { sockets[name] = socket }
        return name
    }

    /// Closes a socket after what was sent.
    package func close(_ name: Int) {
        guard sockets.indices.contains(name), sockets[name] != nil else { return }
        if batchOwner == name { flush() }
        sockets[name] = nil
        free.append(name)
    }

    /// Sends a datagram at the next `flush`, or before.
    package func send(_ datagram: UnsafeRawBufferPointer, from name: Int, on path: NetworkPath) {
        guard datagram.count <= SendBatch.maximumDatagram else { return }
        if batchOwner != name || batch.isFull { flush() }
        batchOwner = name
        let place = unsafe batch.reserve()
        unsafe UnsafeMutableRawPointer(place).copyMemory(
            from: datagram.baseAddress ?? UnsafeRawPointer(place), byteCount: datagram.count)
        // The kernel chooses the address that the datagram leaves from.
        let route = Route(remote: fs_endpoint(path.remote), local: fs_endpoint())
        batch.commit(octets: datagram.count, to: route)
    }

    /// Hands what waits to the kernel.
    package func flush() {
        guard !batch.isEmpty else { return }
        if sockets.indices.contains(batchOwner) { sockets[batchOwner]?.send(batch) }
        batch.reset()
    }

    /// Waits until something has come, the waker was used or the time is over, and hands out what has come with the
    /// socket's name, its path and its time of arrival; `nil` for the time: without end.
    package func receive(
        within timeout: Duration?,
        _ body: (Int, UnsafeMutableRawBufferPointer, NetworkPath, MonotonicInstant) -> Void
    ) {
        // Read anew: the wall clock may be slewed, or set.
        let arrivalOffset = fs_realtime_now() - fs_monotonic_now()
        let microseconds = timeout.map { max(0, ($0.wholeNanoseconds + 999) / 1_000) } ?? -1
        let count = unsafe names.withUnsafeMutableBufferPointer { names -> Int in
            guard let start = names.baseAddress else { return 0 }
            return unsafe Int(fs_epoll_wait_names(epoll, start, Int32(names.count), microseconds))
        }
        for index in 0..<max(count, 0) {
            if names[index] == Self.wakerName {
                waker.drain()
                continue
            }
            let name = Int(names[index])
            guard sockets.indices.contains(name), let socket = sockets[name] else { continue }
            for _ in 0..<Self.receivesPerTurn {
                let messages = unsafe socket.receiveTimed { datagram, path, arrival in
                    let at = arrival == 0 ? fs_monotonic_now() : arrival - arrivalOffset
                    unsafe body(name, datagram, path, MonotonicInstant(nanoseconds: at))
                }
                if messages < UDPSocket.receiveSlots { break }
            }
        }
    }
}

/// Wakes a thread that waits in `ClientSockets`.
package final class Waker: Sendable {
    let descriptor: Int32

    init() throws(SocketError) {
        descriptor = fs_eventfd_open()
        guard descriptor >= 0 else {
            throw SocketError(description: "cannot open an eventfd; raise the limit of open files (ulimit -n)")
        }
    }

    deinit { fs_close(descriptor) }

    /// Ends the thread's wait, now or the next one.
    package func wake() { fs_eventfd_signal(descriptor) }

    func drain() { fs_eventfd_drain(descriptor) }
}
