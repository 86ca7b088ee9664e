import ICE
import Primitives
import RTP

extension Offer {
    /// Protocols of m-lines that state DTLS-SRTP. UDP or TCP is only the default candidate's transport.
    static let secureProtocols: Set<String> = [
        "UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP",
    ]
    /// Protocols that some clients write although they use DTLS-SRTP. RFC 9429 section 5.1.2 requires to accept them,
    /// because the fingerprint decides; without a fingerprint they are taken literally.
    static let looseProtocols: Set<String> = ["RTP/SAVPF", "RTP/SAVP", "RTP/AVPF", "RTP/AVP"]

    /// Every section in use has a mid of its own (RFC 9143 section 15).
    static func checkMids(_ sections: [OfferSection]) throws(OfferError) {
        var seen: Set<String> = []
        for section in sections {
            guard let mid = section.mid else {
                if section.isZeroPort { continue }
                throw .missingMid(section: section.label)
            }
            guard mid.isToken, mid.utf8.count <= OfferSection.maximumMidOctets else {
                throw .invalidMid(section: section.label)
            }
            guard seen.insert(mid).inserted else { throw .duplicateMid(section: section.label) }
        }
    }

    /// Never RTP without DTLS, never keys in the SDP (RFC 8827 section 6.5).
    static func checkSecurity(_ section: OfferSection) throws(OfferError) {
        if section.kind.mediaKind != nil, !secureProtocols.contains(section.transportProtocol) {
            guard looseProtocols.contains(section.transportProtocol), !section.transport.fingerprintLines.isEmpty else {
                throw .insecureTransport(section: section.label, came: section.transportProtocol)
            }
        }
        if section.hasSDES { throw .sdes(section: section.label) }
    }

    /// Checks the ICE and DTLS attributes of a section, which hold for the whole bundle.
    static func checkTransport(_ section: OfferSection) throws(OfferError) {
        let transport = section.transport
        _ = try credentials(of: section)
        guard !transport.fingerprintLines.isEmpty else { throw .missingFingerprint(section: section.label) }
        guard !transport.fingerprints.isEmpty else {
            throw .unusableFingerprint(section: section.label, came: transport.fingerprintLines[0])
        }
        guard let setup = transport.setup, ["actpass", "active", "passive"].contains(setup) else {
            throw .wrongSetup(section: section.label, came: transport.setup)
        }
    }

    static func credentials(of section: OfferSection) throws(OfferError) -> ICECredentials {
        let transport = section.transport
        guard transport.usernameFragment != nil, transport.password != nil else {
            throw .missingCredentials(section: section.label)
        }
        guard let credentials = transport.credentials else { throw .invalidCredentials(section: section.label) }
        return credentials
    }

    /// In one bundle an identifier means one header extension and an SSRC one stream; otherwise packets could not be
    /// distinguished before their section is known.
    static func checkIdentifiers(_ sections: [OfferSection]) throws(OfferError) {
        var extensions: [UInt8: HeaderExtension] = [:]
        var ssrcs: Set<SSRC> = []
        for section in sections {
            if let identifier = section.extensionTable.conflict {
                throw .extensionConflict(section: section.label, identifier: identifier)
            }
            for known in HeaderExtension.allCases {
                guard let identifier = section.extensions[known] else { continue }
                guard extensions.updateValue(known, forKey: identifier) ?? known == known else {
                    throw .extensionConflict(section: section.label, identifier: identifier)
                }
            }
            for ssrc in section.sources.ssrcs {
                guard ssrcs.insert(ssrc).inserted else {
                    throw .duplicateSSRC(section: section.label, ssrc: ssrc.rawValue)
                }
            }
        }
    }
}
