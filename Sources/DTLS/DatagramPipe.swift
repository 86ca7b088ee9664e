import COpenSSL

/// The data of an `SSL`'s BIO: one inbound datagram and the outbound datagrams, with their boundaries.
///
/// Confined to the thread of its session; OpenSSL calls it only from within the session's calls.
final class DatagramPipe {
    /// The longest outgoing datagram in octets, without IP and UDP headers. It fits every WebRTC path.
    static let maximumTransmissionUnit = 1_200
    /// Octets of the IPv6 and UDP headers.
    static let headerOctets = 48
    /// The largest number of datagrams that one call of OpenSSL may write; later ones are dropped, as by a network. A
    /// flight has one or two. A client's last flight is written eight more times, one datagram per message.
    static let maximumOutbound = 64

    /// The datagram that OpenSSL reads next, once.
    var inbound: [UInt8] = []
    private var outbound: [[UInt8]] = []

    /// The datagrams written since the last call.
    func takeOutbound() -> [[UInt8]] {
        defer { outbound = [] }
        return outbound
    }

    /// Copies the inbound datagram into `buffer`, cut to its size, and returns the octets; 0 if there is none.
    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(inbound.count, buffer.count)
        // Unsafe: the buffer is OpenSSL's, and `count` is no more than it holds.
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).copyBytes(from: inbound[..<count])
        inbound = []
        return count
    }

    fileprivate func write(_ datagram: UnsafeRawBufferPointer) {
        guard outbound.count < Self.maximumOutbound else { return }
        unsafe outbound.append([UInt8](datagram))
    }

    fileprivate func answer(_ command: Int32) -> Int {
        switch COpenSSL_bio_question_of(command) {
        case COpenSSL_bio_question_flush: 1
        case COpenSSL_bio_question_pending: inbound.count
        case COpenSSL_bio_question_mtu: Self.maximumTransmissionUnit
        case COpenSSL_bio_question_mtu_overhead: Self.headerOctets
        default: 0
        }
    }
}

// Unsafe code: OpenSSL calls C functions with the BIO, whose data is an unretained pointer to the pipe. The session that
// owns the pipe frees the `SSL`, and the BIO with it, before the pipe goes.
extension DatagramPipe {
    /// A new table of callbacks, `BIO_METHOD *`, to be freed by the caller after the last BIO made with it; `nil` without
    /// memory.
    static func makeMethod() -> OpaquePointer? {
        guard let method = unsafe BIO_meth_new(BIO_TYPE_SOURCE_SINK, "datagram pipe") else { return nil }
        unsafe BIO_meth_set_create(method) { bio in
            unsafe BIO_set_init(bio, 1)
            return 1
        }
        unsafe BIO_meth_set_read(method) { bio, buffer, capacity in
            unsafe COpenSSL_bio_clear_retry(bio)
            guard let pipe = unsafe DatagramPipe.behind(bio), let buffer = unsafe buffer, capacity > 0 else {
                return -1
            }
            let count = unsafe pipe.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: Int(capacity)))
            if count == 0 {
                unsafe COpenSSL_bio_wants_read(bio)
                return -1
            }
            return Int32(count)
        }
        unsafe BIO_meth_set_write(method) { bio, octets, count in
            unsafe COpenSSL_bio_clear_retry(bio)
            guard let pipe = unsafe DatagramPipe.behind(bio), let octets = unsafe octets, count > 0 else { return -1 }
            unsafe pipe.write(UnsafeRawBufferPointer(start: octets, count: Int(count)))
            return count
        }
        unsafe BIO_meth_set_ctrl(method) { bio, command, _, _ in
            unsafe DatagramPipe.behind(bio)?.answer(command) ?? 0
        }
        return unsafe method
    }

    /// A new BIO on this pipe, which must outlive it; `nil` without memory.
    func makeBIO(method: OpaquePointer) -> OpaquePointer? {
        guard let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        return unsafe bio
    }

    private static func behind(_ bio: OpaquePointer?) -> DatagramPipe? {
        guard let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<DatagramPipe>.fromOpaque(data).takeUnretainedValue()
    }
}
