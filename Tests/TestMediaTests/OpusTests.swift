import Foundation
import TestMedia
import Testing

struct OpusTests {
    @Test func eachIdentityHasATonesFrequency() throws {
        for identity in [0, 3, 7] as [UInt16] {
            let tone = Tone(identity: identity, loudness: 0.5, isPulsed: false)
            let encoder = try OpusEncoder(bitsPerSecond: 64_000)
            let decoder = try OpusDecoder()
            var samples: [Float] = []
            for packet in 0..<25 {
                let decoded = try #require(decoder.decode(try encoder.encode(tone.samples(packet: packet))))
                #expect(decoded.count == OpusEncoder.samplesPerPacket)
                samples += decoded
            }
            // Half a second less the codec's start; a tone crosses zero upwards once a period.
            let heard = samples.suffix(19_200)
            let crossings = zip(heard, heard.dropFirst()).filter { $0 < 0 && $1 >= 0 }.count
            #expect(abs(Double(crossings) / 0.4 - tone.frequency) < 6)
        }
    }

    @Test func aMarkInAPacketsPaddingIsNotHeard() throws {
        let encoder = try OpusEncoder()
        let (plain, marked) = (try OpusDecoder(), try OpusDecoder())
        let tone = Tone(identity: 2)
        for packet in 0..<10 {
            let encoded = try encoder.encode(tone.samples(packet: packet))
            var padded = MediaMark.roomInOpus(encoded)
            #expect(padded.count > encoded.count)
            let mark = MediaMark(source: 9, packet: UInt32(packet), frame: 0, sentAtNanoseconds: -1)
            mark.write(toEndOf: &padded)
            #expect(MediaMark(endOf: padded.span) == mark)
            #expect(plain.decode(encoded) == marked.decode(padded))
        }
    }
}
