import Glibc
import Primitives
import RTP
import TestSupport
import Testing

@testable import SDP

/// Whatever text comes in, an error or an agreement comes out, soon.
struct HostileOfferTests {
    /// Offers are read before anybody is known to the room; the threat model gives them 50 ms. A slow machine is given
    /// far more: what is told apart here is linear from quadratic.
    static let timeLimit = Duration.seconds(5)

    /// The processor's time of the shortest of up to five runs, for other work on the machine is not what is measured;
    /// stops once short enough.
    private func elapsed(_ text: String, enough: Duration = timeLimit) -> (Duration, OfferError?) {
        var best = Duration.seconds(60)
        var error: OfferError?
        for _ in 0..<5 where best >= enough {
            let start = Self.processorTime
            do { _ = try Offer(parsing: text) } catch let caught { error = caught }
            best = min(best, Self.processorTime - start)
        }
        return (best, error)
    }

    /// What this thread has had of a processor.
    private static var processorTime: Duration {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    @Test func aThousandSectionsAreRefusedAtOnce() {
        let base = SampleOffer()
        let section = base.lines[5..<17].map { $0 + "\r\n" }.joined()
        for text in [
            "v=0\r\n" + String(repeating: "m=audio 9 X 0\r\n", count: 1_000),
            base.text + String(repeating: section, count: 400),
        ] {
            let (duration, error) = elapsed(text)
            #expect(error == .unreadable(.tooManySections(limit: 64)))
            #expect(duration < Self.timeLimit)
        }
    }

    @Test func aHundredThousandLinesAreRefusedAtOnce() {
        for line in ["a=x\r\n", "\n", "s=\n", "a=rtpmap:96 VP8/90000\r\n"] {
            let (duration, error) = elapsed("v=0\r\n" + String(repeating: line, count: 100_000))
            guard case .unreadable = error else {
                Issue.record("came \(String(describing: error))")
                continue
            }
            #expect(duration < Self.timeLimit)
        }
    }

    @Test(arguments: [
        "a=ssrc:%d cname:x", "a=rtcp-fb:96 nack", "a=fmtp:96 a=b;c=d;e=f", "a=rid:r%d send", "a=extmap:%d urn:x",
        "a=ssrc-group:FID %d 7", "a=fingerprint:sha-256 00", "a=simulcast:send a;b;c",
        "a=candidate:1 1 udp 1 ::1 9 typ host",
    ])
    func noLineCostsMuchMoreThanAnother(_ line: String) {
        // As much as is read, of lines that mean something and of lines that mean nothing: a lookup that walked the
        // section for each line would show.
        let others = largest(of: "a=x-%d nothing here"), these = largest(of: line)
        var neutral = Duration.seconds(60), duration = neutral
        // In turns, the shortest of each: other work on the machine makes some longer, but a walk makes all longer.
        for _ in 0..<30 {
            neutral = min(neutral, elapsed(others).0)
            let (once, error) = elapsed(these)
            #expect(error != nil)
            duration = min(duration, once)
            if duration < neutral * 4 { return }
        }
        Issue.record("\(duration), neutral \(neutral)")
    }

    /// 16 sections of 6,000 octets made of one line; `%d` counts.
    private func largest(of line: String) -> String {
        var text = "v=0\r\na=group:BUNDLE 0\r\n"
        var number = 0
        for section in 0..<16 {
            text += "m=video 9 UDP/TLS/RTP/SAVPF " + (96..<128).map(String.init).joined(separator: " ") + "\r\n"
            text += "a=mid:\(section)\r\n"
            let end = text.utf8.count + 6_000
            while text.utf8.count < end {
                number += 1
                text += line.components(separatedBy: "%d").joined(separator: String(number)) + "\r\n"
            }
        }
        return text
    }

    @Test(arguments: ["chromium_seats_vp8_opus.sdp", "firefox_simulcast_sendonly.sdp", "chromium_sendrecv_av_dc.sdp"])
    func everyTruncationByLineIsAnswered(_ name: String) throws {
        let lines = try Fixture.text("sdp/\(name)").components("\r\n")
        for count in stride(from: 0, to: lines.count, by: lines.count > 300 ? 7 : 1) {
            digest(lines.prefix(count).joined(separator: "\r\n"))
        }
    }

    @Test func everyTruncationByOctetIsAnswered() {
        let text = SampleOffer().text
        for count in 0..<text.utf8.count { digest(String(decoding: text.utf8.prefix(count), as: UTF8.self)) }
    }

    @Test(arguments: [
        "firefox_simulcast_sendonly.sdp", "chromium_simulcast_VP8_only.sdp", "chromium_svc_L3T3_KEY_VP9.sdp",
    ])
    func randomMutationsAreAnswered(_ name: String) throws {
        let octets = Array(try Fixture.text("sdp/\(name)").utf8)
        var generator = SeededGenerator(seed: 7)
        let digits = Array("0123456789-+:;=/ ~,\r\n".utf8)
        for _ in 0..<300 {
            var mutated = octets
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let place = Int.random(in: 0..<mutated.count, using: &generator)
                switch UInt8.random(in: 0..<4, using: &generator) {
                case 0: mutated[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: mutated[place] = digits.randomElement(using: &generator) ?? 0
                case 2: mutated.removeSubrange(place..<min(place + 5, mutated.count))
                default: mutated.insert(contentsOf: mutated[place..<min(place + 40, mutated.count)], at: place)
                }
            }
            digest(String(decoding: mutated, as: UTF8.self))
        }
    }

    @Test func linesInAnyOrderAreAnswered() throws {
        var generator = SeededGenerator(seed: 3)
        var agreed = 0
        for _ in 0..<200 {
            var sample = SampleOffer()
            // Inside the sections, where order is free.
            sample.lines[6..<17].shuffle(using: &generator)
            sample.lines[18...].shuffle(using: &generator)
            if digest(sample.text) { agreed += 1 }
        }
        #expect(agreed == 200)
    }

    /// Goes all the way; what is agreed must give an answer that the client's side reads.
    @discardableResult
    private func digest(_ text: String) -> Bool {
        guard let offer = try? Offer(parsing: text),
            let session = try? Sample.negotiate(offer), let local = try? Sample.local()
        else { return false }
        let answer = session.answer(for: local)
        do {
            #expect(try Answer(parsing: answer).sections.count == offer.sections.count)
        } catch {
            Issue.record("\(error) in the answer to \(text)")
        }
        return true
    }
}

extension String {
    fileprivate func components(separatedBy mark: String) -> [String] {
        var parts = [""]
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(mark) {
                parts.append("")
                rest = rest.dropFirst(mark.count)
            } else {
                parts[parts.count - 1].append(rest.removeFirst())
            }
        }
        return parts
    }
}
