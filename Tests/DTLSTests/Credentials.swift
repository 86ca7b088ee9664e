import Cryptography
import Primitives

@testable import DTLS

/// The certificates of the tests: two ends and a stranger.
enum Credentials {
    static let server = makeCertificate()
    static let client = makeCertificate()
    static let stranger = makeCertificate()

    private static func makeCertificate() -> DTLSCertificate {
        do {
            return try DTLSCertificate(madeAt: 1_700_000_000)
        } catch {
            preconditionFailure("no certificate: \(error)")
        }
    }
}

extension DTLSState {
    var keys: SRTPKeyingMaterial? {
        if case .established(let keys) = self { keys } else { nil }
    }

    var failure: DTLSFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }

    var isClosed: Bool {
        if case .closed = self { true } else { false }
    }
}

extension MonotonicInstant {
    static func milliseconds(_ count: Int64) -> MonotonicInstant { .zero + .milliseconds(count) }
}

extension DTLSEndpoint {
    /// Everything that waits to be sent.
    func drain() -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        while let datagram = nextDatagram() { datagrams.append(datagram) }
        return datagrams
    }
}
