import MediaControl
import Primitives
import RTP

/// What a participant publishes of one source. The track stays when the source goes over to another section: slots carry on
/// with the packets of that one, as with those of another SSRC.
struct Publication: Sendable {
    let track: TrackID
    let source: TrackSource
    var receive: ReceiveParameters
    /// Whether the client says that it sends.
    var isAnnounced = false
    /// Whether the client says that it is silent or black.
    var isMuted = false
    /// Whether a moderator muted it: nothing is forwarded until the client unmutes.
    var isSilenced = false
    /// Whether the client was told that somebody cannot decode it.
    var isToldUndecodable = false
    /// The gate as the worker knows it.
    var isOpen = false
    /// The section for the same source in another codec; `nil` where the offer has none.
    var second: SecondCodec?
    /// Which encodings anybody wants, as the worker told last; empty before it has.
    var encodings: [EncodingDemand] = []

    /// Its tracks at the worker.
    var trackIDs: [TrackID] { [track] + (second.map { [$0.track] } ?? []) }

    /// Takes what was negotiated of the section that carries the source now.
    mutating func move(to section: ReceiveParameters) {
        // It may be in another format now.
        if section.mid != receive.mid { isToldUndecodable = false }
        receive = section
        let rids = Set(section.encodings.compactMap(\.rid))
        encodings.removeAll { !rids.contains($0.rid) }
    }

    /// What a client has to be told of the encodings after a new offer, in which all of them begin anew; `nil` where it needs
    /// no word.
    var encodingsToRepeat: [EncodingDemand]? {
        encodings.allSatisfy { $0.isWanted && $0.maxBitrate == nil } ? nil : encodings
    }
}

/// One participant as the room keeps it.
struct Participant: Sendable {
    let id: ParticipantID
    let identity: String
    let name: String
    var role: Role
    let attributes: [String: String]
    var permissions: Permissions
    /// Whether sections count as published without being announced.
    let autoPublish: Bool
    /// Whether what the participant publishes is encrypted end to end.
    let isOpaque: Bool
    /// The only participant that is shown, by id, identity or name; `nil`: the whole stage.
    let watches: String?
    /// The token that it came with; `nil` without one.
    let credential: Credential?
    var connection = Connection.none
    var publications: [Publication] = []
    var seating: Seating
    var isConnected = false
    /// Whether the worker hears nothing of the transport.
    var isSilent = false
    /// When its signaling was lost; `nil` while it is there.
    var awaySince: MonotonicInstant?
    /// Whether the others know that its signaling is lost.
    var isToldAway = false
    /// The signaling connection that was last heard of, counted from 0; also how often the client has resumed.
    var attachment = 0
    /// When the participant was brought on stage, until the first packet comes through.
    var promotedAt: MonotonicInstant?

    /// The tracks that others may see while the participant is on stage.
    var tracks: [TrackInfo] {
        publications.filter { $0.isAnnounced && permissions.publish.contains($0.source) }.map {
            TrackInfo(
                track: $0.track, source: $0.source, csrc: id.csrc(of: $0.source), isMuted: $0.isMuted || $0.isSilenced)
        }
    }

    /// Second codecs of what the participant publishes, by the track that they stand in for.
    var seconds: [TrackID: Seating.Second] {
        var seconds: [TrackID: Seating.Second] = [:]
        for publication in publications {
            guard let second = publication.second else { continue }
            seconds[publication.track] = Seating.Second(track: second.track, progress: second.progress)
        }
        return seconds
    }

    /// The peer connection; `nil` for a participant without media.
    var webRTC: WebRTCConnection? {
        switch connection {
        case .none: nil
        case .webRTC(let connection): connection
        }
    }

    /// The transport of the peer connection.
    var transport: TransportID? { webRTC?.transport }

    /// What the worker must know of the transport; `nil` for a participant without media.
    var transportParameters: TransportParameters? {
        webRTC?.parameters(publications: publications, isOpaque: isOpaque)
    }

    func info(standing: StageStanding) -> ParticipantInfo {
        ParticipantInfo(
            id: id, identity: identity, name: name, role: role, permissions: permissions, attributes: attributes,
            standing: standing)
    }

    /// Takes back that a screen is published; false where it is not.
    mutating func withdrawScreen() -> Bool {
        guard let index = publications.firstIndex(where: { $0.source == .screen && $0.isAnnounced }) else {
            return false
        }
        publications[index].isAnnounced = false
        return true
    }

    /// Moves the gates to where they belong; those that moved.
    mutating func moveGates(onStage: Bool) -> [MediaCommand] {
        var moved: [MediaCommand] = []
        for index in publications.indices {
            let publication = publications[index]
            let shallBeOpen =
                onStage && publication.isAnnounced && !publication.isSilenced
                && permissions.publish.contains(publication.source)
            if shallBeOpen != publication.isOpen {
                publications[index].isOpen = shallBeOpen
                moved.append(.setGate(publication.track, isOpen: shallBeOpen))
            }
            if let second = publication.second, second.isOpen != (shallBeOpen && second.isWanted) {
                publications[index].second?.isOpen.toggle()
                publications[index].second?.progress = .awaited
                moved.append(.setGate(second.track, isOpen: !second.isOpen))
            }
        }
        return moved
    }
}
