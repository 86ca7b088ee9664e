import ICE
import Primitives
import RTP
import Testing

@testable import SDP

/// A small offer of two sections (audio to publish, a video slot) that tests spoil line by line.
struct SampleOffer {
    var lines: [String] = """
        v=0
        o=- 1 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 111
        c=IN IP4 0.0.0.0
        a=ice-ufrag:abcd
        a=ice-pwd:0123456789012345678901
        a=ice-options:trickle
        a=fingerprint:sha-256 \(SampleOffer.hash)
        a=setup:actpass
        a=mid:0
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        m=video 9 UDP/TLS/RTP/SAVPF 96 97
        c=IN IP4 0.0.0.0
        a=ice-ufrag:abcd
        a=ice-pwd:0123456789012345678901
        a=fingerprint:sha-256 \(SampleOffer.hash)
        a=setup:actpass
        a=mid:1
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
        a=recvonly
        a=rtcp-mux
        a=rtpmap:96 VP8/90000
        a=rtcp-fb:96 nack
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        """.split(separator: "\n").map(String.init)

    static let hash = (0..<32).map { _ in "AB" }.joined(separator: ":")

    var text: String { lines.map { $0 + "\r\n" }.joined() }

    /// Without the lines that begin so.
    func without(_ start: String) -> SampleOffer {
        var copy = self
        copy.lines.removeAll { $0.hasPrefix(start) }
        return copy
    }

    /// With each line that begins so replaced.
    func replacing(_ start: String, by line: String) -> SampleOffer {
        var copy = self
        copy.lines = lines.map { $0.hasPrefix(start) ? line : $0 }
        return copy
    }

    /// With lines added at the end, so in the video section.
    func adding(_ more: String...) -> SampleOffer {
        var copy = self
        copy.lines += more
        return copy
    }

    /// With session-level lines added.
    func addingToSession(_ more: String...) -> SampleOffer {
        var copy = self
        copy.lines.insert(contentsOf: more, at: 4)
        return copy
    }

    func parsed() throws -> Offer { try Offer(parsing: text) }
}

/// Fixed values for the server's side.
enum Sample {
    static func local(version: UInt64 = 1) throws -> LocalSession {
        let fingerprint = CertificateFingerprint(algorithm: .sha256, hash: (0..<32).map { UInt8($0) })
        return LocalSession(
            credentials: ICECredentials(usernameFragment: "srvU", password: "serverPassword+/01234567"),
            fingerprint: try #require(fingerprint),
            candidates: [
                TransportAddress(v4: 127, 0, 0, 1, port: 40_000), TransportAddress(v4: 192, 0, 2, 1, port: 40_000),
                try #require(TransportAddress("2001:db8::1", port: 40_000)),
            ],
            sessionID: 4_611_686_018_427_387_904, version: version)
    }

    static func negotiate(
        _ offer: Offer, policy: NegotiationPolicy = NegotiationPolicy(), seats: [String: Int] = [:],
        previous: NegotiatedSession? = nil, seed: UInt64 = 1
    ) throws -> NegotiatedSession {
        var generator = SeededGenerator(seed: seed)
        return try Negotiator.negotiate(
            offer, policy: policy, seats: seats, cnamePrefix: "peer1", previous: previous, generator: &generator)
    }

    /// Seats of the 22-section offers: mids 4 to 17 are seven pairs, 18 to 20 audio alone.
    static let seats: [String: Int] = Dictionary(uniqueKeysWithValues: (4...17).map { (String($0), ($0 - 4) / 2) })
}
