import Foundation
import Primitives
import Testing

@testable import Cryptography

struct DTLSCertificateTests {
    /// A certificate on P-256 and its fingerprints as `openssl x509 -noout -fingerprint` prints them.
    static let pem = """
        MIIBiDCCAS+gAwIBAgIUWKSJMbVe1C4EzTHAbKF526xzuYswCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOZm9yZXN0YWdlIHRlc3QwIBcNMjYxMTIxMDQwODUzWhgPMjEy
        NjEwMjgwNDA4NTNaMBkxFzAVBgNVBAMMDmZvcmVzdGFnZSB0ZXN0MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEQ3hyYDntzq5JUTCUfiDvyjUlme/ws941j+0WWYLm
        wJw/094esuexpoyP07hSCXYU6/yr1POuas28NHh5KJokQKNTMFEwHQYDVR0OBBYE
        FJVhIfUHhA2fdsmcmc0wjAFACTvaMB8GA1UdIwQYMBaAFJVhIfUHhA2fdsmcmc0w
        jAFACTvaMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgPgfNSIFS
        gq7emHfYFWYAiPK91D3pMRG9ELIDQDcbGvsCIHsjfSvh4skD93B8DkMIaH6T9Vhx
        EZdIbYsrsO89TwpP
        """
    static let fingerprints = [
        "sha-256 67:6E:BB:78:DF:4C:E6:87:36:D1:AF:6B:5E:D4:A8:D0:DF:B2:1F:18:CD:5E:E9:9C:69:32:1F:3C:95:B7:17:1C",
        "sha-384 24:1B:AC:06:22:D8:BE:FB:EA:F1:18:DC:1D:6C:3C:BE:26:6A:AE:AD:36:CE:09:E1:1A:B4:FA:D5:B6:C5:8C:A8:"
            + "FC:4C:DE:2D:60:26:D7:B9:80:56:E0:60:A5:55:9B:ED",
        "sha-512 AC:EA:05:50:BE:4E:58:10:D3:EF:34:46:0F:C3:C3:75:5E:F2:F9:59:46:E5:1E:6C:DB:08:E5:89:38:3E:BD:02:"
            + "AE:60:93:AB:2E:03:8A:2E:9C:FA:BE:E8:15:E6:86:FB:30:80:74:89:69:2A:18:80:CA:12:A0:E8:42:0C:8D:85",
    ]

    private var der: [UInt8] {
        get throws { [UInt8](try #require(Data(base64Encoded: Self.pem, options: .ignoreUnknownCharacters))) }
    }

    @Test(arguments: fingerprints)
    func fingerprintsAreThoseOfTheOpenSSLCommand(text: String) throws {
        let expected = try #require(CertificateFingerprint(sdpValue: text))
        let der = try der
        let fingerprint = CertificateFingerprint(ofCertificate: der.span, algorithm: expected.algorithm)
        #expect(fingerprint == expected)
        #expect(fingerprint?.sdpValue == text)
    }

    @Test func whatIsNotExactlyOneCertificateHasNoFingerprint() throws {
        let der = try der
        for count in der.indices {
            #expect(CertificateFingerprint(ofCertificate: der.span.extracting(first: count)) == nil)
        }
        let longer = der + [0]
        #expect(CertificateFingerprint(ofCertificate: longer.span) == nil)
    }

    @Test func aNewCertificateCarriesItsOwnFingerprint() throws {
        let certificate = try DTLSCertificate(madeAt: 1_700_000_000)
        let encoded = try certificate.derEncoded()
        #expect(certificate.fingerprint.algorithm == .sha256)
        #expect(CertificateFingerprint(ofCertificate: encoded.span) == certificate.fingerprint)
    }

    @Test func twoCertificatesDiffer() throws {
        let first = try DTLSCertificate(madeAt: 1_700_000_000)
        let second = try DTLSCertificate(madeAt: 1_700_000_000)
        #expect(first.fingerprint != second.fingerprint)
    }

    @Test func theCertificateHoldsFromADayBeforeForItsLifetime() throws {
        let encoded = try DTLSCertificate(madeAt: 1_700_000_000, lifetime: .seconds(3_600)).derEncoded()
        let text = String(decoding: encoded, as: UTF8.self)
        #expect(text.contains("231113221320Z"))
        #expect(text.contains("231114231320Z"))
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func noTimeTraps(unixSeconds: Int64) {
        _ = try? DTLSCertificate(madeAt: unixSeconds, lifetime: .seconds(Int64.max))
        _ = try? DTLSCertificate(madeAt: unixSeconds, lifetime: .seconds(Int64.min))
    }
}
