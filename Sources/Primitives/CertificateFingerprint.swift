/// The hash of a DTLS certificate as SDP's `a=fingerprint` carries it (RFC 8122 section 5).
package struct CertificateFingerprint: Hashable, Sendable {
    /// The accepted hash functions. RFC 8122 section 5 forbids MD5 and MD2; the server refuses SHA-1 too.
    package enum Algorithm: String, Sendable, CaseIterable {
        case sha256 = "sha-256"
        case sha384 = "sha-384"
        case sha512 = "sha-512"

        /// Length of the hash in octets.
        package var octets: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    package let algorithm: Algorithm
    package let hash: [UInt8]

    /// `nil` if the length of the hash is not the algorithm's.
    package init?(algorithm: Algorithm, hash: [UInt8]) {
        guard hash.count == algorithm.octets else { return nil }
        self.algorithm = algorithm
        self.hash = hash
    }

    /// Parses the value of `a=fingerprint`: `sha-256 AB:CD:...`.
    package init?(sdpValue: some StringProtocol) {
        let parts = sdpValue.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, let algorithm = Algorithm(rawValue: parts[0].lowercased()),
            let hash = [UInt8](hexadecimal: parts[1].split(separator: ":").joined())
        else { return nil }
        self.init(algorithm: algorithm, hash: hash)
    }

    /// The value for `a=fingerprint`.
    package var sdpValue: String {
        let digits = hash.map { [$0].hexadecimal.uppercased() }
        return algorithm.rawValue + " " + digits.joined(separator: ":")
    }
}
