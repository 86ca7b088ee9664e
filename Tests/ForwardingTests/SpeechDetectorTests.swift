import Forwarding
import Primitives
import RTP
import Testing

struct SpeechDetectorTests {
    /// Notes a packet each 20 ms from `start` on; `nil` sends nothing.
    private func run(
        _ detector: inout SpeechDetector, from start: Int64, levels: [UInt8?], hasVoice: Bool = true
    ) -> Int64? {
        var begun: Int64?
        for (index, level) in levels.enumerated() {
            let at = start + Int64(index) * 20
            let now = MonotonicInstant.zero + .milliseconds(at)
            if let level, detector.note(AudioLevel(level: level, hasVoice: hasVoice), at: now) { begun = at }
            detector.handleSilence(at: now)
        }
        return begun
    }

    @Test func speechBeginsAfterTheAttackAndItsOnsetIsTheFirstSound() {
        var detector = SpeechDetector()
        _ = run(&detector, from: 0, levels: Array(repeating: 90, count: 50))
        let begun = run(&detector, from: 1_000, levels: Array(repeating: 35, count: 10))
        #expect(begun == 1_080)
        #expect(detector.onset == .zero + .milliseconds(1_000))
        #expect(detector.loudness > 0.6)
    }

    @Test func aCoughDoesNotCount() {
        var detector = SpeechDetector()
        for start in stride(from: Int64(0), to: 5_000, by: 500) {
            let begun = run(&detector, from: start, levels: [20, 20, 25] + Array(repeating: 80, count: 22))
            #expect(begun == nil)
        }
        #expect(!detector.isSpeaking)
    }

    @Test func aPauseForBreathDoesNotEndSpeechAndSilenceDoes() {
        var detector = SpeechDetector()
        _ = run(&detector, from: 0, levels: Array(repeating: 35, count: 20))
        _ = run(&detector, from: 400, levels: Array(repeating: 80, count: 25))
        #expect(detector.isSpeaking)
        let again = run(&detector, from: 900, levels: Array(repeating: 50, count: 10))
        #expect(again == nil && detector.isSpeaking, "quieter than a beginning, and yet it goes on")
        _ = run(&detector, from: 1_100, levels: Array(repeating: 80, count: 32))
        #expect(!detector.isSpeaking && detector.loudness == 0 && detector.onset == nil)
    }

    @Test func silenceWithoutPacketsEndsItToo() {
        var detector = SpeechDetector()
        _ = run(&detector, from: 0, levels: Array(repeating: 35, count: 20))
        _ = run(&detector, from: 400, levels: Array(repeating: nil, count: 31))
        #expect(!detector.isSpeaking)
    }

    @Test func aNoiseCountsOnlyWhereItIsLoudOrAVoice() {
        var noise = SpeechDetector()
        _ = run(&noise, from: 0, levels: Array(repeating: 50, count: 50), hasVoice: false)
        #expect(!noise.isSpeaking)
        var voice = SpeechDetector()
        _ = run(&voice, from: 0, levels: Array(repeating: 50, count: 50))
        #expect(voice.isSpeaking)
    }
}

struct RedundantAudioTests {
    /// Two earlier frames of 3 and 5 octets, and a newest of 4.
    private let payload: [UInt8] =
        [0xEF, 0x1E, 0x00, 0x03, 0xEF, 0x0F, 0x00, 0x05, 111, 1, 1, 1, 2, 2, 2, 2, 2, 9, 9, 9, 9]

    @Test func theNewestFrameIsFound() throws {
        let red = try #require(RedundantAudio(parsing: payload.span) { $0 == 111 })
        #expect(red.redundantCount == 2)
        #expect(Array(payload[Int(red.primaryOffset)...]) == [9, 9, 9, 9])
    }

    @Test func redundancyInRedundancyAndEmptyFramesAreRefused() {
        #expect(RedundantAudio(parsing: payload.span) { $0 == 110 } == nil)
        var nested = payload
        nested[4] = 0xBF
        #expect(RedundantAudio(parsing: nested.span) { $0 == 111 } == nil)
        let empty = Array(payload.dropLast(4))
        #expect(RedundantAudio(parsing: empty.span) { $0 == 111 } == nil)
        let cut = Array(payload.prefix(6))
        #expect(RedundantAudio(parsing: cut.span) { $0 == 111 } == nil)
    }

    @Test func everyBlockGetsTheOtherNumber() throws {
        let red = try #require(RedundantAudio(parsing: payload.span) { $0 == 111 })
        var copy = payload
        unsafe copy.withUnsafeMutableBufferPointer { bytes in
            if let base = bytes.baseAddress { unsafe red.renumber(base, payloadType: 109) }
        }
        #expect(RedundantAudio(parsing: copy.span) { $0 == 109 } == red)
        #expect(copy[1..<4] == payload[1..<4] && copy[5..<8] == payload[5..<8] && copy[9...] == payload[9...])
    }
}
