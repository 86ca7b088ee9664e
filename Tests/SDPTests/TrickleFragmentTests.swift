import ICE
import Testing

@testable import SDP

/// Fragments of trickled candidates (RFC 8840 section 9).
struct TrickleFragmentTests {
    private let candidate = "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\n"

    @Test func credentialsAndCandidatesAreRead() throws {
        let fragment = try TrickleFragment(
            parsing: "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
                + candidate
                + "a=end-of-candidates\r\n")
        #expect(
            fragment.credentials == ICECredentials(usernameFragment: "EsAw", password: "P2uYro0UCOQ4zxjKXaWCBui1"))
        #expect(fragment.candidates.map(\.address) == ["192.0.2.1"])
        #expect(fragment.isComplete)
    }

    @Test func credentialsMayStandInASection() throws {
        let fragment = try TrickleFragment(
            parsing: "a=group:BUNDLE 0 1\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=ice-ufrag:EsAw\n"
                + "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n" + candidate)
        #expect(fragment.credentials?.usernameFragment == "EsAw")
        #expect(!fragment.isComplete)
    }

    @Test func candidatesOfUnknownKindsArePassedOver() throws {
        let fragment = try TrickleFragment(
            parsing: candidate.replacing("udp", with: "sctp") + candidate.replacing("typ host", with: "typ carrier")
                + candidate)
        #expect(fragment.candidates.count == 1)
    }

    @Test(arguments: [
        "", "\r\n", "hello", "v=0\r\n", "a=mid:0\r\n", "a=ice-ufrag:EsAw\r\n", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n",
        "a=ice-ufrag:E\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", "a=candidate:1 1 udp 1\r\n", "a=candidate\r\n",
        "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\u{0}\r\n",
    ])
    func whatIsNoFragmentIsRefused(text: String) {
        #expect(throws: TrickleFragmentError.self) { try TrickleFragment(parsing: text) }
    }

    @Test func itsSizeIsBounded() throws {
        let many = String(repeating: candidate, count: TrickleFragment.maximumCandidates)
        #expect(try TrickleFragment(parsing: many).candidates.count == TrickleFragment.maximumCandidates)
        #expect(throws: TrickleFragmentError.tooManyCandidates(limit: TrickleFragment.maximumCandidates)) {
            try TrickleFragment(parsing: many + candidate)
        }
        let long = candidate + String(repeating: "a=x\n", count: TrickleFragment.maximumOctets / 4)
        #expect(throws: TrickleFragmentError.tooLarge(octets: long.utf8.count, limit: TrickleFragment.maximumOctets)) {
            try TrickleFragment(parsing: long)
        }
    }
}
