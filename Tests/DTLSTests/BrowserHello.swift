import Primitives
import TestSupport
import Testing

@testable import DTLS

/// A real ClientHello of a browser, in its two datagrams.
struct BrowserHello: CustomTestStringConvertible, Sendable {
    private struct File: Decodable {
        struct Capture: Decodable {
            struct Datagram: Decodable {
                var from_client: Bool
                var packet: String
            }
            var ua: String
            var plaintext_handshake_datagrams: [Datagram]
        }
        var captures: [Capture]
    }

    var userAgent: String
    var datagrams: [[UInt8]]
    var testDescription: String { userAgent }

    /// Those of Tests/Fixtures/dtls_clienthello_browsers.json.
    static let all: [BrowserHello] = {
        guard let file = try? Fixture.json("dtls_clienthello_browsers.json", as: File.self) else { return [] }
        return file.captures.map { capture in
            let packets = capture.plaintext_handshake_datagrams.filter(\.from_client).map(\.packet)
            return BrowserHello(userAgent: capture.ua, datagrams: packets.compactMap { [UInt8](hexadecimal: $0) })
        }
    }()
}

/// The plaintext handshake messages in datagrams, by their types; each counted once per datagram it begins in.
func messageTypes(in datagrams: [[UInt8]]) -> [HandshakeFragment.MessageType] {
    datagrams.flatMap { datagram in
        DTLSRecord.all(in: datagram.span).filter { $0.type == .handshake && $0.epoch == 0 }.flatMap { record in
            ((try? HandshakeFragment.all(in: datagram.span, record.payload)) ?? [])
                .filter { $0.part.lowerBound == 0 }.map(\.type)
        }
    }
}
