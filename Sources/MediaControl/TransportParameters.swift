import ICE
import Primitives
import RTP

/// A section in which a peer may publish: its track exists from the join on, its gate opens on promotion.
package struct PublishSection: Hashable, Sendable {
    /// The track that this section feeds.
    package var track: TrackID
    package var receive: ReceiveParameters
    /// Whether RTP is forwarded; while closed it is dropped and counted.
    package var isOpen: Bool
    /// Whether payloads are encrypted end to end (`RTCRtpScriptTransform`): then nothing depends on what they seem to
    /// say. Never changes.
    package var isOpaque: Bool

    package init(track: TrackID, receive: ReceiveParameters, isOpen: Bool, isOpaque: Bool = false) {
        self.isOpaque = isOpaque
        self.track = track
        self.receive = receive
        self.isOpen = isOpen
    }
}

/// Everything a worker must know to serve one peer.
package struct TransportParameters: Sendable {
    package var id: TransportID
    package var localCredentials: ICECredentials
    package var remoteCredentials: ICECredentials
    /// Every fingerprint of the offer; the peer's certificate must match one of them (RFC 8122 section 5).
    package var remoteFingerprints: [CertificateFingerprint]
    package var publications: [PublishSection]
    /// Slots are named by their index here.
    package var slots: [SendParameters]
    /// Whether SCTP runs over DTLS, so that the DTLS session must be kept after the handshake.
    package var hasDataSection: Bool
    /// Whether the server is the DTLS client, because the peer only waits for one (`a=setup:passive`). Never changes.
    package var startsHandshake: Bool

    package init(
        id: TransportID, localCredentials: ICECredentials, remoteCredentials: ICECredentials,
        remoteFingerprints: [CertificateFingerprint], publications: [PublishSection], slots: [SendParameters],
        hasDataSection: Bool, startsHandshake: Bool = false
    ) {
        self.startsHandshake = startsHandshake
        self.id = id
        self.localCredentials = localCredentials
        self.remoteCredentials = remoteCredentials
        self.remoteFingerprints = remoteFingerprints
        self.publications = publications
        self.slots = slots
        self.hasDataSection = hasDataSection
    }
}
