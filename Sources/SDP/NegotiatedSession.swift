import ICE
import Primitives
import RTP

/// The agreement that one offer leads to. The answer and everything that the transport must know follow from it.
package struct NegotiatedSession: Sendable {
    /// One for each m-line of the offer, in its order.
    package let sections: [NegotiatedSection]
    package let remoteCredentials: ICECredentials
    /// The peer's certificate must match one of them (RFC 8122 section 5).
    package let remoteFingerprints: [CertificateFingerprint]

    /// Whether the server is the DTLS client: it is only where the peer cannot be (RFC 8842 section 5.3 recommends that the
    /// answerer be it; here a browser, which waits for nobody, sends the first flight sooner). Kept by further offers that
    /// leave the role open.
    package let startsHandshake: Bool

    /// Mids of accepted sections in the order of the offer's group; the first carries the transport.
    let bundle: [String]
    /// Whether the answer has a group: only where the offer has one.
    let hasBundle: Bool
    let extmapAllowMixed: Bool
    let isTrickle: Bool

    /// Whether SCTP runs over DTLS.
    package var hasDataSection: Bool {
        sections.contains {
            if case .data = $0.content { true } else { false }
        }
    }

    /// What the peer may send, in the order of the sections.
    package var publications: [ReceiveParameters] {
        sections.compactMap {
            if case .publish(let parameters) = $0.content { parameters } else { nil }
        }
    }

    /// What the server sends, in the order of the sections.
    package var slots: [SendParameters] {
        sections.compactMap {
            if case .slot(let parameters, _, _) = $0.content { parameters } else { nil }
        }
    }

    /// Whether the peer asks for an ICE restart (RFC 8839 section 4.4.1.1.1): its credentials differ. The answer then
    /// needs new local credentials.
    package func isICERestart(after previous: NegotiatedSession) -> Bool {
        remoteCredentials != previous.remoteCredentials
    }

    /// The section with this mid.
    package subscript(mid mid: String) -> NegotiatedSection? { sections.first { $0.mid == mid } }

    /// The answer's text (RFC 9429 section 5.3.1), lines ended by CRLF.
    package func answer(for local: LocalSession, style: AnswerStyle = .plain) -> String {
        AnswerWriter(session: self, local: local, style: style).description().serialized
    }
}
