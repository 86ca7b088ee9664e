import Primitives
import TestMedia

/// Received figures of one kind of media: of one viewer, or summed over all.
package struct StreamFigures: Sendable {
    package var packets: Int64 = 0
    package var octets: Int64 = 0
    /// Packets that never came on their own, before repair.
    package var lost: Int64 = 0
    /// Of these, those that came again.
    package var repaired: Int64 = 0
    package var duplicates: Int64 = 0
    /// One-way, of every packet whose sender is known.
    package var latency = LatencyHistogram()
    /// Packets whose time of sending could not be found.
    package var unrecognised: Int64 = 0
    /// Pictures of which every packet came.
    package var framesComplete: Int64 = 0
    /// Pictures of which packets never came.
    package var framesIncomplete: Int64 = 0
    /// Complete pictures that build on others which were not.
    package var framesUndecodable: Int64 = 0
    package var keyframes: Int64 = 0
    package var framesDecoded: Int64 = 0
    /// Decoded pictures that show another number, or the number of another sender.
    package var framesWrong: Int64 = 0
    package var framesNotDecoded: Int64 = 0
    /// Changes from one encoding of a publisher to another.
    package var layerSwitches: Int64 = 0
    /// Pictures shown, by the encoding they are of, the smallest first.
    package var framesOfEncoding = [Int64](repeating: 0, count: MediaClip.maximumEncodings)
    package var freezes: Int64 = 0
    package var frozen: Duration = .zero

    package init() {}

    /// Packets that should have come.
    package var expected: Int64 { packets + lost }

    /// Adds the figures of another.
    package mutating func add(_ other: StreamFigures) {
        packets += other.packets
        octets += other.octets
        lost += other.lost
        repaired += other.repaired
        duplicates += other.duplicates
        latency.add(other.latency)
        unrecognised += other.unrecognised
        framesComplete += other.framesComplete
        framesIncomplete += other.framesIncomplete
        framesUndecodable += other.framesUndecodable
        keyframes += other.keyframes
        framesDecoded += other.framesDecoded
        framesWrong += other.framesWrong
        framesNotDecoded += other.framesNotDecoded
        layerSwitches += other.layerSwitches
        for index in framesOfEncoding.indices { framesOfEncoding[index] += other.framesOfEncoding[index] }
        freezes += other.freezes
        frozen += other.frozen
    }
}
