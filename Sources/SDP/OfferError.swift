/// Why an offer cannot be answered. The texts state what was expected, what came and what to do; they are for the
/// developers of clients.
package enum OfferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not readable as SDP, or too large.
    case unreadable(SDPError)
    /// No m-section that is in use.
    case noSections
    /// The offerer is an ICE-lite agent like the server, so neither would send checks.
    case bothLite
    case noBundle
    /// The section is not in the first BUNDLE group.
    case outsideBundle(section: String)
    case missingMid(section: String)
    case invalidMid(section: String)
    case duplicateMid(section: String)
    /// Media without DTLS-SRTP.
    case insecureTransport(section: String, came: String)
    /// Keys in the SDP (RFC 4568).
    case sdes(section: String)
    case missingRTCPMux(section: String)
    case missingCredentials(section: String)
    case invalidCredentials(section: String)
    case missingFingerprint(section: String)
    /// Only fingerprints of refused hash functions, or of the wrong length.
    case unusableFingerprint(section: String, came: String)
    /// `came` is `nil` without an `a=setup`.
    case wrongSetup(section: String, came: String?)
    /// Two header extensions under one identifier (RFC 9143 section 14).
    case extensionConflict(section: String, identifier: UInt8)
    /// One SSRC in two sections (RFC 5576 section 4.1).
    case duplicateSSRC(section: String, ssrc: UInt32)

    package var description: String {
        switch self {
        case .unreadable(let error):
            error.description
        case .noSections:
            "The offer has no m-section in use. Add a transceiver before createOffer."
        case .bothLite:
            "The offer says a=ice-lite; the server is an ICE-lite agent itself, so a full ICE agent is expected."
        case .noBundle:
            "The offer has no a=group:BUNDLE line; one transport for all sections is expected. "
                + "Set bundlePolicy to \"max-bundle\" or \"balanced\"."
        case .outsideBundle(let section):
            "The offer's \(section) is not in the first BUNDLE group; one transport for all sections is expected. "
                + "Set bundlePolicy to \"max-bundle\"."
        case .missingMid(let section):
            "The offer's \(section) has no a=mid line."
        case .invalidMid(let section):
            "The a=mid of the offer's \(section) is not a token of at most \(OfferSection.maximumMidOctets) octets."
        case .duplicateMid(let section):
            "The offer's \(section) has the same mid as a section before it."
        case .insecureTransport(let section, let came):
            "The offer's \(section) wants \(came.quoted) and has no a=fingerprint that would make it DTLS-SRTP; "
                + "UDP/TLS/RTP/SAVPF is expected, never RTP without DTLS."
        case .sdes(let section):
            "The offer's \(section) has an a=crypto line; keys in the SDP are refused, only DTLS-SRTP is accepted."
        case .missingRTCPMux(let section):
            "The offer's \(section) has no a=rtcp-mux line; RTP and RTCP share one port here. "
                + "Set rtcpMuxPolicy to \"require\"."
        case .missingCredentials(let section):
            "The offer has no a=ice-ufrag and a=ice-pwd in \(section) nor at session level."
        case .invalidCredentials(let section):
            "The a=ice-ufrag (4 to 256) or a=ice-pwd (22 to 256 letters, digits, + / - _ = #) of the offer's \(section) "
                + "is malformed."
        case .missingFingerprint(let section):
            "The offer has no a=fingerprint in \(section) nor at session level; DTLS is required."
        case .unusableFingerprint(let section, let came):
            "No a=fingerprint of the offer's \(section) can be used: expected sha-256, sha-384 or sha-512 with a hash "
                + "of that length, came \(came.quoted)."
        case .wrongSetup(let section, let came):
            "The offer's \(section) has \(came.map { "a=setup:\($0)".quoted } ?? "no a=setup line"); "
                + "actpass is expected, or active or passive for a client that has one DTLS role only."
        case .extensionConflict(let section, let identifier):
            "Identifier \(identifier) in an a=extmap line of the offer's \(section) stands for another header extension "
                + "in the same bundle."
        case .duplicateSSRC(let section, let ssrc):
            "SSRC \(ssrc) of the offer's \(section) is used by another section too."
        }
    }
}
