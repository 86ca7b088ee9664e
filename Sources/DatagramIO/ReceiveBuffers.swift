import CDatagram

/// Where a thread's sockets put what they receive: the messages of one call. Allocated once; confined to its thread.
// Safe to use: the messages point into `memory`, which lives as long as this object.
@safe final class ReceiveBuffers {
    /// Messages taken per call; with receive offload each may hold dozens of datagrams.
    static let slots = 32
    /// Octets of a message: the largest that the kernel joins.
    static let slotOctets = 65_536

    let messages: UnsafeMutablePointer<fs_received>
    private let memory: UnsafeMutablePointer<UInt8>

    init() {
        unsafe messages = .allocate(capacity: Self.slots)
        unsafe memory = .allocate(capacity: Self.slots * Self.slotOctets)
        for index in 0..<Self.slots {
            var message = unsafe fs_received()
            unsafe message.data = memory + index * Self.slotOctets
            unsafe message.capacity = UInt32(Self.slotOctets)
            unsafe (messages + index).initialize(to: message)
        }
    }

    deinit {
        unsafe messages.deallocate()
        unsafe memory.deallocate()
    }
}
