import ICE
import MediaControl
import Primitives
import RTP

/// How a participant's media reaches the server.
enum Connection: Sendable {
    /// Not at all: the participant has signaling alone, as a viewer by HTTP has. -> `webRTC` with its first offer
    case none
    /// By a peer connection on the room's worker. Stays until the participant leaves.
    case webRTC(WebRTCConnection)
}

/// One peer connection as the room keeps it.
struct WebRTCConnection: Sendable {
    let transport: TransportID
    /// The result of the latest offer.
    var media: NegotiatedMedia
    /// What each slot is negotiated to send, by slot index.
    var sends: [SendParameters] = []

    /// Stores the result of a further offer.
    /// - Parameter slots: all slots ever negotiated. Each keeps its index, whatever the order of the sections.
    mutating func update(_ media: NegotiatedMedia, slots: [PlannedSlot]) {
        self.media = media
        for (index, slot) in slots.enumerated() {
            guard let send = media.send.first(where: { $0.mid == slot.mid }) else { continue }
            if index < sends.count {
                sends[index] = send
            } else {
                sends.append(send)
            }
        }
    }

    /// The parameters of the transport for the worker.
    /// - Parameter isOpaque: whether payloads are encrypted end to end.
    func parameters(publications: [Publication], isOpaque: Bool) -> TransportParameters {
        TransportParameters(
            id: transport, localCredentials: media.localCredentials, remoteCredentials: media.remoteCredentials,
            remoteFingerprints: media.remoteFingerprints,
            publications: publications.map {
                PublishSection(track: $0.track, receive: $0.receive, isOpen: $0.isOpen, isOpaque: isOpaque)
            }
                + publications.compactMap(\.second).map {
                    PublishSection(track: $0.track, receive: $0.receive, isOpen: $0.isOpen, isOpaque: isOpaque)
                }, slots: sends, hasDataSection: media.hasDataSection, startsHandshake: media.startsHandshake)
    }
}

/// What was negotiated with a participant.
struct NegotiatedMedia: Sendable {
    var receive: [ReceiveParameters]
    var send: [SendParameters]
    var localCredentials: ICECredentials
    var remoteCredentials: ICECredentials
    var remoteFingerprints: [CertificateFingerprint]
    var hasDataSection: Bool
    var startsHandshake = false
    /// What each publishing section is for, by mid.
    var sources: [String: TrackSource] = [:]
    /// The source that a section can carry in a second codec, by mid.
    var seconds: [String: TrackSource] = [:]
    /// What each receiving section is for.
    var slots: [PlannedSlot] = []
}
