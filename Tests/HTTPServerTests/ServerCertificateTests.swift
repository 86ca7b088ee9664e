import Foundation
import TestSupport
import Testing

@testable import HTTPServer

/// What is said about certificates and keys, before anything is served.
struct ServerCertificateTests {
    /// During the validity of the fixtures, which begins on 28 November 2026.
    private static let now: Int64 = 1_800_000_000

    private func read(_ certificates: [String], _ keys: [String], now: Int64 = now) throws -> ServerCertificate {
        func text(_ names: [String]) throws -> [UInt8] { try names.flatMap { try Fixture.data("tls/\($0)") } }
        return try ServerCertificate(
            chainPEM: text(certificates), chainName: "a.pem", keyPEM: text(keys), keyName: "a.key", now: now)
    }

    private func problem(_ certificates: [String], _ keys: [String]) -> String {
        do {
            _ = try read(certificates, keys)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func aCertificateWithItsKeyIsTaken() throws {
        #expect(try read(["first.pem"], ["first.key"]).warnings == [])
        // Both in one file, in either order.
        #expect(try read(["first.key", "first.pem"], ["first.pem", "first.key"]).warnings == [])
        #expect(try read(["issued.pem", "authority.pem"], ["issued.key"]).warnings == [])
        #expect(try read(["first.pem"], ["first.key"]).summary == "/CN=first.example, valid until 2126-11-04T19:26:41Z")
    }

    @Test func whatIsMissingIsNamedWithItsFile() {
        #expect(
            problem(["first.key"], ["first.key"])
                == "a.pem holds no certificate that can be read; PEM is expected: -----BEGIN CERTIFICATE-----")
        #expect(problem([], []).hasPrefix("a.pem holds no certificate"))
        #expect(
            problem(["first.pem"], ["first.pem"])
                == "a.key holds no private key that can be read; PEM is expected: -----BEGIN PRIVATE KEY-----")
        #expect(
            problem(["first.pem"], ["encrypted.key"])
                == "the key in a.key is encrypted; write it without a passphrase: openssl pkey -in a.key -out plain.pem"
        )
    }

    @Test func aKeyOfAnotherCertificateIsToldFromAWrongOrder() {
        #expect(
            problem(["first.pem"], ["second.key"])
                == "the key in a.key does not match the certificate in a.pem; give the key that the certificate was "
                + "requested with")
        #expect(
            problem(["authority.pem", "issued.pem"], ["issued.key"])
                == "the server's certificate must be the first in a.pem; the one for the key in a.key is at place 2")
    }

    @Test func aBrokenCertificateInTheChainIsNotPassedOver() throws {
        let whole = try Fixture.text("tls/issued.pem")
        let broken = whole + whole.replacing("MII", with: "MIJ")
        let key = [UInt8](try Fixture.data("tls/issued.key"))
        #expect(throws: CertificateError.self) {
            try ServerCertificate(
                chainPEM: Array(broken.utf8), chainName: "a.pem", keyPEM: key, keyName: "a.key", now: Self.now)
        }
    }

    @Test func whatBrowsersWillRefuseIsAWarning() throws {
        let alone = try read(["issued.pem"], ["issued.key"]).warnings
        #expect(alone.count == 1 && alone[0].contains("without the one of its issuer /O=Example Authority/CN=E1"))
        let end: Int64 = 4_949_494_001
        for (now, warning) in [
            (end - 14 * 86_400, nil),
            (end - 14 * 86_400 + 1, "the certificate in a.pem expires at 2126-11-04T19:26:41Z: renew it"),
            (end + 1, "the certificate in a.pem expired at 2126-11-04T19:26:41Z: browsers refuse it"),
            (
                1_700_000_000,
                "the certificate in a.pem is valid from 2026-11-28T19:26:41Z on: browsers refuse it until then; is the "
                    + "clock right?"
            ),
        ] as [(Int64, String?)] {
            #expect(try read(["first.pem"], ["first.key"], now: now).warnings == [warning].compactMap { $0 })
        }
    }

    @Test func filesThatCannotBeReadAreNamed() {
        for (path, reason) in [
            ("/nowhere/a.pem", "there is no file /nowhere/a.pem"), ("/tmp", "/tmp is a folder; name a PEM file"),
        ] {
            #expect(throws: CertificateError(reason)) {
                try CertificateFiles(certificate: path, key: path).read(now: Self.now)
            }
        }
    }
}
