import MediaControl
import Primitives
import RTP
import Rooms

/// The answer of `GET /v1/rooms/{room}/debug`. Times are seconds up to the instant of the answer, rates are bits per second.
struct RoomDebugDocument: Encodable {
    /// The missing condition and, if known, the waiting time.
    struct Wait: Encodable {
        var `for`: String
        var seconds: Double?
    }

    struct Participant: Encodable {
        var id: String
        var identity: String
        var name: String
        var role: String
        var standing: String
        var connected: Bool
        /// Whether the worker hears nothing of it.
        var silent: Bool
        /// How often its client has resumed on another WebSocket.
        var resumes: Int
        var waiting: Wait?
        var transport: Transport?
        var tracks: [Track]
        var slots: [Slot]
    }

    struct Transport: Encodable {
        var established: Bool
        /// `udp` or `tcp`.
        var `protocol`: String?
        var local: String?
        var remote: String?
        var lastHeardSecondsAgo: Double?
        var roundTripSeconds: Double?
        var packetsAcknowledged: UInt64
        var packetsReportedLost: UInt64
        var acknowledgedBitsPerSecond: Int64?
        /// What the path to the participant is estimated to carry, and what holds the estimate down.
        var estimatedBitsPerSecond: Int64?
        var estimateLimitedBy: String?
        /// What all its slots could use.
        var wantedBitsPerSecond: Int64?
        /// Delay on the path that the server's own bursts do not explain.
        var residualDelaySeconds: Double?
        /// By `DropReason`.
        var drops: [String: UInt64]
    }

    struct Track: Encodable {
        var mid: String?
        var source: String
        /// Whether it is the source's second codec.
        var second: Bool?
        var announced: Bool
        var permitted: Bool
        var muted: Bool
        var mutedByModerator: Bool
        /// Whether packets are let through: the room's decision, and the worker's state.
        var gateShallBeOpen: Bool
        var gateOpen: Bool?
        var started: Bool?
        var endToEndEncrypted: Bool?
        var subscriptions: Int?
        var packetsHeld: Int?
        var encodings: [Encoding]
    }

    struct Encoding: Encodable {
        var rid: String?
        var ssrc: UInt32?
        var rtxSSRC: UInt32?
        var width: UInt16?
        var height: UInt16?
        var bitsPerSecond: Int64?
        var lastPacketSecondsAgo: Double?
        var lastKeyframeSecondsAgo: Double?
        var waiting: Wait?
        var keyframeRequestsUnanswered: Int
        var packetsReceived: Int64
        var packetsLost: Int64
        var packetsMissing: Int
        var subscriptions: Int
        /// `false` where the publisher was told that nobody wants it.
        var wanted: Bool
    }

    struct Slot: Encodable {
        var mid: String
        var use: String
        var number: Int
        /// The state that the viewer was told.
        var status: String
        /// Whose track the slot carries.
        var participant: String?
        var source: String?
        var ssrc: UInt32?
        /// The worker's activity.
        var activity: String?
        var currentEncoding: Int?
        var targetEncoding: Int?
        var maximumEncoding: Int?
        /// Within the encoding; missing for all.
        var currentLayers: Layers?
        var targetLayers: Layers?
        /// The size at which the viewer shows the slot, in device pixels; missing for the largest.
        var shownWidth: UInt16?
        var shownHeight: UInt16?
        var priority: UInt8?
        var waiting: Wait?
        var packetsBehind: Int?
        var lastPacketSecondsAgo: Double?
        var packetsSent: UInt32?
        var octetsSent: UInt32?
        var packetsRetransmitted: UInt64?
    }

    /// The highest of either kind; 3 for the fourth and all above.
    struct Layers: Encodable {
        var spatial: UInt8
        var temporal: UInt8

        init(_ layers: SlotSnapshot.Layers) {
            spatial = layers.spatial
            temporal = layers.temporal
        }
    }

    var room: String
    var encrypted: Bool
    var locked: Bool
    var worker: Int
    /// Participants in the room; `participants` holds a page of them.
    var participantCount: Int
    var participants: [Participant]

    init(_ report: RoomReport) {
        room = report.info.name
        encrypted = report.info.isEncrypted
        locked = report.info.status.isLocked
        worker = report.worker.id.rawValue
        participantCount = report.participantCount
        participants = report.participants.map(Participant.init)
    }
}

extension Duration {
    /// Milliseconds are enough for people.
    fileprivate var rounded: Double { (inMilliseconds).rounded() / 1_000 }
}

extension RoomDebugDocument.Wait {
    fileprivate init?(_ what: String, _ time: Duration?) {
        guard let time else { return nil }
        self.init(for: what, seconds: time.rounded)
    }
}

extension RoomDebugDocument.Participant {
    init(_ report: ParticipantReport) {
        id = report.info.id.description
        identity = report.info.identity
        name = report.info.name
        role = report.info.role.rawValue
        standing = report.info.standing.rawValue
        connected = report.isConnected
        silent = report.isSilent
        resumes = report.resumes
        waiting =
            .init("signaling", report.awayFor)
            ?? (report.isConnected ? nil : .init(for: report.hasMedia ? "connection" : "offer"))
            ?? .init("firstPacket", report.awaitsFirstPacketFor)
        let snapshot = report.transport
        transport = snapshot.map(RoomDebugDocument.Transport.init)
        tracks = report.publications.map { publication in
            RoomDebugDocument.Track(publication, snapshot?.tracks.first { $0.id == publication.track })
        }
        slots = report.slots.map { slot in
            RoomDebugDocument.Slot(slot, snapshot?.slots.first { $0.mid == slot.mid })
        }
    }
}

extension RoomDebugDocument.Transport {
    init(_ snapshot: TransportSnapshot) {
        established = snapshot.isEstablished
        `protocol` = snapshot.path.map { $0.isTCP ? "tcp" : "udp" }
        local = snapshot.path?.local.description
        remote = snapshot.path?.remote.description
        lastHeardSecondsAgo = snapshot.lastHeardAge?.rounded
        roundTripSeconds = snapshot.roundTrip?.rounded
        packetsAcknowledged = snapshot.packetsAcknowledged
        packetsReportedLost = snapshot.packetsReportedLost
        acknowledgedBitsPerSecond = snapshot.acknowledgedRate?.bitsPerSecond
        estimatedBitsPerSecond = snapshot.estimate?.bitsPerSecond
        estimateLimitedBy = snapshot.limitedBy?.rawValue
        wantedBitsPerSecond = snapshot.wanted?.bitsPerSecond
        residualDelaySeconds = snapshot.residualDelay?.rounded
        drops = snapshot.drops
    }
}

extension RoomDebugDocument.Track {
    init(_ publication: PublicationReport, _ snapshot: TrackSnapshot?) {
        mid = snapshot?.mid
        source = publication.source.rawValue
        second = publication.isSecond ? true : nil
        announced = publication.isAnnounced
        permitted = publication.isPermitted
        muted = publication.isMuted
        mutedByModerator = publication.isSilenced
        gateShallBeOpen = publication.isOpen
        gateOpen = snapshot?.isOpen
        started = snapshot?.hasStarted
        endToEndEncrypted = snapshot?.isOpaque
        subscriptions = snapshot?.subscriptions
        packetsHeld = snapshot?.packetsHeld
        encodings = (snapshot?.encodings ?? []).map(RoomDebugDocument.Encoding.init)
    }
}

extension RoomDebugDocument.Encoding {
    init(_ snapshot: EncodingSnapshot) {
        rid = snapshot.rid
        ssrc = snapshot.ssrc?.rawValue
        rtxSSRC = snapshot.rtxSSRC?.rawValue
        width = snapshot.size?.width
        height = snapshot.size?.height
        bitsPerSecond = snapshot.rate?.bitsPerSecond
        lastPacketSecondsAgo = snapshot.lastPacketAge?.rounded
        lastKeyframeSecondsAgo = snapshot.lastKeyframeAge?.rounded
        waiting = .init("keyframe", snapshot.keyframeWantedFor)
        keyframeRequestsUnanswered = snapshot.keyframeRequestsUnanswered
        packetsReceived = snapshot.packetsReceived
        packetsLost = snapshot.packetsLost
        packetsMissing = snapshot.packetsMissing
        subscriptions = snapshot.subscriptions
        wanted = snapshot.isWanted
    }
}

extension RoomDebugDocument.Slot {
    init(_ slot: SlotInfo, _ snapshot: SlotSnapshot?) {
        mid = slot.mid
        use = slot.use.rawValue
        number = slot.number
        status = slot.status.rawValue
        participant = slot.content?.participant.description
        source = slot.content?.source.rawValue
        guard let snapshot else { return }
        ssrc = snapshot.ssrc.rawValue
        activity = snapshot.activity.rawValue
        currentEncoding = snapshot.currentEncoding
        targetEncoding = snapshot.targetEncoding
        maximumEncoding = snapshot.maximumEncoding
        currentLayers = snapshot.currentLayers.map(RoomDebugDocument.Layers.init)
        targetLayers = snapshot.targetLayers.map(RoomDebugDocument.Layers.init)
        shownWidth = snapshot.demand.width
        shownHeight = snapshot.demand.height
        priority = snapshot.demand.priority
        let what = snapshot.kind == .video ? "keyframe" : "packet"
        waiting = .init(what, snapshot.waitingFor) ?? (snapshot.activity == .waiting ? .init(for: what) : nil)
        packetsBehind = snapshot.packetsBehind
        lastPacketSecondsAgo = snapshot.lastPacketAge?.rounded
        packetsSent = snapshot.packetsSent
        octetsSent = snapshot.octetsSent
        packetsRetransmitted = snapshot.packetsRetransmitted
    }
}
