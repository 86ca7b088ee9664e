import ICE
import Primitives

/// The ICE and DTLS attributes of one level.
struct TransportDescription: Sendable {
    /// RFC 8839 section 5.4.
    static let usernameFragmentOctets = 4...256
    static let passwordOctets = 22...256
    /// The largest number of fingerprints; each is compared with the peer's certificate.
    static let maximumFingerprints = 8

    var usernameFragment: String?
    var password: String?
    /// The fingerprints with an accepted hash function.
    var fingerprints: [CertificateFingerprint]
    /// All fingerprint lines, for the error if none is accepted.
    var fingerprintLines: [String]
    var setup: String?

    init(_ attributes: AttributeIndex) {
        usernameFragment = attributes.first("ice-ufrag")
        password = attributes.first("ice-pwd")
        fingerprintLines = Array(attributes.all("fingerprint").prefix(Self.maximumFingerprints))
        fingerprints = fingerprintLines.compactMap { CertificateFingerprint(sdpValue: $0) }
        setup = attributes.first("setup")
    }

    /// The section's attributes, completed by the session's (RFC 8122 section 5, RFC 8839 section 5.4).
    func inheriting(_ session: TransportDescription) -> TransportDescription {
        var result = self
        if usernameFragment == nil, password == nil {
            result.usernameFragment = session.usernameFragment
            result.password = session.password
        }
        if fingerprintLines.isEmpty {
            result.fingerprintLines = session.fingerprintLines
            result.fingerprints = session.fingerprints
        }
        result.setup = setup ?? session.setup
        return result
    }

    /// The credentials, if both are present and well formed.
    var credentials: ICECredentials? {
        guard let usernameFragment, usernameFragment.isICEText(octets: Self.usernameFragmentOctets),
            let password, password.isICEText(octets: Self.passwordOctets)
        else { return nil }
        return ICECredentials(usernameFragment: usernameFragment, password: password)
    }
}
