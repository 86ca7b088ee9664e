import ICE
import Primitives
import RTP
import SDP

/// The parameters with which a client connects, sends and receives: the counterpart of the worker's
/// `TransportParameters`.
package struct ClientParameters: Sendable {
    /// The client's credentials, from the offer.
    package var localCredentials: ICECredentials
    /// The server's credentials, from the answer.
    package var remoteCredentials: ICECredentials
    /// The server's fingerprints; its certificate must match one of them (RFC 8122 section 5).
    package var remoteFingerprints: [CertificateFingerprint]
    /// The server's host candidates, the preferred ones first.
    package var remoteCandidates: [TransportAddress]
    /// Sections in which this client may send. Encodings without an SSRC get a random one.
    package var publications: [ReceiveParameters]
    /// Sections in which the server sends.
    package var slots: [SendParameters]

    package init(
        localCredentials: ICECredentials, remoteCredentials: ICECredentials,
        remoteFingerprints: [CertificateFingerprint], remoteCandidates: [TransportAddress],
        publications: [ReceiveParameters] = [], slots: [SendParameters] = []
    ) {
        self.localCredentials = localCredentials
        self.remoteCredentials = remoteCredentials
        self.remoteFingerprints = remoteFingerprints
        self.remoteCandidates = remoteCandidates
        self.publications = publications
        self.slots = slots
    }

    /// The parameters from an offer and the server's answer. Rejected sections, and slots without an SSRC, are left
    /// out.
    package init(offer: OfferBuilder, answer: Answer) {
        self.init(
            localCredentials: offer.credentials, remoteCredentials: answer.credentials,
            remoteFingerprints: answer.fingerprints, remoteCandidates: answer.candidates)
        for offered in offer.sections {
            guard let section = answer[mid: offered.mid], !section.isRejected else { continue }
            if offered.direction.sends, section.direction.receives {
                // The server may accept fewer encodings than the offer has (RFC 8853 section 5.3.2).
                let rids = offered.rids.filter { section.rids.contains($0) }
                let encodings =
                    rids.isEmpty
                    ? [ReceiveParameters.Encoding(ssrc: offered.ssrc, rtxSSRC: offered.rtxSSRC)]
                    : rids.map { ReceiveParameters.Encoding(rid: $0) }
                publications.append(
                    ReceiveParameters(
                        mid: offered.mid, kind: offered.kind, payloads: section.payloads,
                        extensions: section.extensions, encodings: encodings))
            }
            if offered.direction.receives, section.direction.sends, let ssrc = section.ssrc {
                slots.append(
                    SendParameters(
                        mid: offered.mid, kind: offered.kind, payloads: section.payloads,
                        extensions: section.extensions, ssrc: ssrc, rtxSSRC: section.rtxSSRC,
                        cname: section.cname ?? ""))
            }
        }
    }
}
