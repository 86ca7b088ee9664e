import Glibc

/// A tone per identity: short notes with pauses, so that several can be distinguished when heard together.
package struct Tone: Sendable {
    /// The frequency in Hz.
    package let frequency: Double
    /// The amplitude, from 0 to 1.
    package let loudness: Double
    /// Whether the tone consists of notes of half a second; otherwise it is continuous.
    package let isPulsed: Bool

    /// Samples of a note and of its pause together.
    private static let beat = OpusEncoder.samplesPerSecond

    /// The notes of a pentatonic scale from A3 on: no two of them clash.
    package init(identity: UInt16, loudness: Double = 0.1, isPulsed: Bool = true) {
        let steps = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21]
        let step = steps[Int(identity) % steps.count]
        frequency = 220 * pow(2, Double(step) / 12)
        self.loudness = loudness
        self.isPulsed = isPulsed
    }

    /// The samples of the packet with this number.
    package func samples(packet: Int) -> [Float] {
        let first = packet * OpusEncoder.samplesPerPacket
        return (first..<first + OpusEncoder.samplesPerPacket).map { index in
            let phase = 2 * Double.pi * frequency * Double(index) / Double(OpusEncoder.samplesPerSecond)
            return Float(sin(phase) * loudness * envelope(index))
        }
    }

    /// The envelope of a note: a rise of 10 ms, a constant level, a fall, then silence.
    private func envelope(_ index: Int) -> Double {
        guard isPulsed else { return 1 }
        let place = index % Self.beat
        let (edge, end) = (OpusEncoder.samplesPerSecond / 100, Self.beat / 2)
        if place < edge { return Double(place) / Double(edge) }
        if place < end - edge { return 1 }
        return place < end ? Double(end - place) / Double(edge) : 0
    }
}
