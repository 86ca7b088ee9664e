import CDatagram
import Glibc
import Primitives

/// Why a worker's socket could not be opened, in words for the operator.
package struct SocketError: Error, CustomStringConvertible, Sendable {
    package var description: String

    package init(description: String) { self.description = description }
}

/// A bound UDP socket that no thread has taken yet: opened where errors can be told, then handed to its worker.
package struct OpenedSocket: Sendable {
    /// Kernel buffers asked for, in octets: 50 ms of 100,000 packets a second.
    package static let kernelBuffer: Int32 = 8 * 1_024 * 1_024

    package let descriptor: Int32
    package let port: UInt16
    /// 1 on a host without IPv6.
    let isV4Only: Int32

    /// Binds the first free port of `ports`; 0 lets the kernel choose.
    package init(
        firstFreeOf ports: some Sequence<UInt16>, kernelBuffer: Int32 = OpenedSocket.kernelBuffer
    ) throws(SocketError) {
        var lastFailure = "no port given"
        for port in ports {
            var v4Only: Int32 = 0
            var receiveOffload: Int32 = 0
            let opened = unsafe fs_udp_open(port, kernelBuffer, kernelBuffer, &v4Only, &receiveOffload)
            if opened >= 0 {
                descriptor = opened
                self.port = port
                isV4Only = v4Only
                return
            }
            lastFailure = unsafe "port \(port): \(String(cString: strerror(-opened)))"
        }
        throw SocketError(
            description: "no free UDP port for media (\(lastFailure)); give a free range with --media-ports A-B")
    }
}

/// The UDP socket of one worker: dual-stack, batched, with receive and segmentation offload where the kernel has them.
// Safe to use: the buffers are kept as long as the socket, and lengths come from the kernel.
@safe package final class UDPSocket: DatagramSink {
    /// Messages taken per call; with receive offload each may hold dozens of datagrams.
    package static let receiveSlots = ReceiveBuffers.slots
    /// How long a full send buffer is waited for before the rest of a batch is dropped and counted.
    static let sendPatience: Int32 = 5

    private let opened: OpenedSocket
    private let buffers: ReceiveBuffers
    /// Whether equal-sized runs may be joined into one message.
    package private(set) var hasSegmentationOffload: Bool
    /// Datagrams that the kernel did not take.
    package private(set) var sendFailures: UInt64 = 0

    /// Owns `opened` from now on.
    package convenience init(_ opened: OpenedSocket, usesSegmentationOffload: Bool) {
        self.init(opened, usesSegmentationOffload: usesSegmentationOffload, buffers: ReceiveBuffers())
    }

    /// Owns `opened` from now on; sockets of one thread may share the buffers.
    init(_ opened: OpenedSocket, usesSegmentationOffload: Bool, buffers: ReceiveBuffers) {
        self.opened = opened
        self.buffers = buffers
        hasSegmentationOffload = usesSegmentationOffload
    }

    deinit { fs_close(opened.descriptor) }

    /// Takes what has come, up to `receiveSlots` messages.
    ///
    /// - Returns: how many messages there were; fewer than `receiveSlots` means that there are no more for now.
    package func receive(_ body: (UnsafeMutableRawBufferPointer, NetworkPath) -> Void) -> Int {
        unsafe receiveTimed { datagram, path, _ in unsafe body(datagram, path) }
    }

    /// As `receive`, and tells when the kernel took each datagram: nanoseconds of the wall clock, 0 where it did not
    /// note that.
    func receiveTimed(_ body: (UnsafeMutableRawBufferPointer, NetworkPath, Int64) -> Void) -> Int {
        let count = unsafe Int(
            fs_receive(opened.descriptor, opened.isV4Only, buffers.messages, Int32(Self.receiveSlots)))
        guard count > 0 else { return 0 }
        for index in 0..<count {
            let slot = unsafe buffers.messages + index
            var local = unsafe TransportAddress(slot.pointee.local)
            local.port = opened.port
            let path = unsafe NetworkPath(local: local, remote: TransportAddress(slot.pointee.remote))
            var offset = 0
            let length = unsafe Int(slot.pointee.length)
            let segment = unsafe Int(slot.pointee.segment)
            while offset < length {
                let octets = min(segment, length - offset)
                unsafe body(
                    UnsafeMutableRawBufferPointer(start: slot.pointee.data + offset, count: octets), path,
                    slot.pointee.arrival)
                offset += octets
            }
        }
        return count
    }

    @discardableResult
    package func send(_ batch: SendBatch) -> MonotonicInstant {
        let now = MonotonicInstant(nanoseconds: fs_monotonic_now())
        sendAll(batch)
        return now
    }

    private func sendAll(_ batch: SendBatch) {
        var next = 0
        while next < batch.messageCount {
            let sent = unsafe fs_send(
                opened.descriptor, opened.isV4Only, batch.messages + next, Int32(batch.messageCount - next))
            if sent > 0 {
                next += Int(sent)
                continue
            }
            if sent == -EAGAIN || sent == -ENOBUFS {
                if fs_wait_writable(opened.descriptor, Self.sendPatience) > 0, sent == -EAGAIN { continue }
                for index in next..<batch.messageCount { unsafe countFailure(batch.messages + index) }
                return
            }
            let message = unsafe batch.messages + next
            let isJoined = unsafe message.pointee.segment < message.pointee.length
            if isJoined, sent == -EIO || sent == -EINVAL || sent == -EMSGSIZE {
                // The device cannot cut (EIO), or the path is too narrow: send the datagrams one by one.
                if sent == -EIO { hasSegmentationOffload = false }
                unsafe sendOneByOne(message)
            } else {
                unsafe countFailure(message)
            }
            next += 1
        }
    }

    private func sendOneByOne(_ message: UnsafeMutablePointer<fs_outgoing>) {
        var part = unsafe message.pointee
        var remaining = unsafe Int(message.pointee.length)
        let segment = unsafe Int(message.pointee.segment)
        while remaining > 0 {
            let octets = min(segment, remaining)
            unsafe part.length = UInt32(octets)
            unsafe part.segment = UInt32(octets)
            if unsafe fs_send(opened.descriptor, opened.isV4Only, &part, 1) != 1 { sendFailures += 1 }
            unsafe part.data += octets
            remaining -= octets
        }
    }

    private func countFailure(_ message: UnsafeMutablePointer<fs_outgoing>) {
        let segment = unsafe max(message.pointee.segment, 1)
        unsafe sendFailures += UInt64((message.pointee.length + segment - 1) / segment)
    }
}
