import Primitives

/// When each of the last packets of each sender was handed to its socket. One process sends and receives, so the time of
/// any packet is found by the mark's source and number; marks are in `MediaMark`.
struct SendLedger {
    /// Packets kept per source, a power of two: some 30 s of a stream.
    static let capacity = 4_096

    private var times: [[Int64]] = []
    private var next: [UInt32] = []
    private var layers: [SourceLayer?] = []

    /// Begins a source and gives its number.
    /// - Parameter layer: which encoding of pictures it is; `nil` for sound.
    mutating func openSource(layer: SourceLayer? = nil) -> UInt32 {
        times.append([])
        next.append(0)
        layers.append(layer)
        return UInt32(times.count - 1)
    }

    /// The number that the source's next packet will have.
    func nextPacket(of source: UInt32) -> UInt32 { next[Int(source)] }

    /// Notes the source's next packet.
    mutating func noteSending(of source: UInt32, at instant: MonotonicInstant) {
        let index = Int(source)
        if times[index].isEmpty { times[index] = Array(repeating: 0, count: Self.capacity) }
        times[index][Int(next[index]) & (Self.capacity - 1)] = instant.nanoseconds
        next[index] &+= 1
    }

    /// Which encoding the source is; `nil` for sound, and where the source is another process's.
    func layer(of source: UInt32) -> SourceLayer? { layers.indices.contains(Int(source)) ? layers[Int(source)] : nil }

    /// When the packet was sent; `nil` where that is not known any more, or the source is another process's.
    func time(source: UInt32, packet: UInt32) -> MonotonicInstant? {
        guard Int(source) < times.count, packet < next[Int(source)],
            next[Int(source)] &- packet <= UInt32(Self.capacity)
        else { return nil }
        return MonotonicInstant(nanoseconds: times[Int(source)][Int(packet) & (Self.capacity - 1)])
    }
}
