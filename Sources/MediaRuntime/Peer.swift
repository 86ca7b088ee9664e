import CongestionControl
import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

/// One peer of a worker: its transport, what it publishes and what its slots carry.
final class Peer {
    /// Where the packets of an SSRC belong.
    struct Source {
        var track: TrackIndex
        var encoding: EncodingIndex
        /// Whether the SSRC carries retransmissions (RFC 4588).
        var isRetransmission: Bool
        /// Of media: the `PublishedEncoding` that it feeds; `none` where its first packet makes one.
        var id = EncodingID.none
        /// The SSRC of the media: its own, or the one whose packets it repeats; 0 while that is not known.
        var media: UInt32
        /// When the last packet came; of media that its encoding has now, that encoding knows.
        var lastPacketAt = MonotonicInstant.zero
    }

    /// One negotiated section in which the peer receives.
    struct Slot {
        let subscription: SubscriptionIndex
        /// What the control plane wants it to carry.
        var fill: SlotFill?
        /// What may be sent again.
        var repair = RetransmissionLimit()
        /// What it was given of the viewer's bandwidth, and of which track.
        var allocation = SlotAllocation()
        var allocatedTrack: TrackID?
        var packetsRetransmitted: UInt64 = 0
    }

    /// SSRCs that one peer may use at a time; of more, the one that was silent for longest gives way.
    static let maximumSources = 64
    /// An SSRC gives way where it was silent for this long; else the new one is dropped.
    static let silenceOfSource = Duration.seconds(1)

    let index: PeerIndex
    let transport: PeerTransport
    /// The identifiers of header extensions, the same in all bundled sections (RFC 9143 section 9.2).
    var lookup = HeaderExtensionLookup(HeaderExtensionMap())
    /// The paths that the worker knows this peer by, or did; see `notePaths`.
    var paths: [NetworkPath] = []
    private(set) var tracks: [PublishedTrack] = []
    /// By SSRC: known from the offer or latched from MID and RID, which vanish from the packets after a while.
    var sources: [UInt32: Source] = [:]
    /// By `SlotIndex`.
    var slots: [Slot] = []
    /// To the peer and back: from its receiver reports, its answers to our reference times, or its retransmissions.
    var roundTrip = RoundTrip()
    /// Missing packets are not asked for before this time.
    var nextNACK = MonotonicInstant.zero
    /// What a publisher without transport-wide feedback is told; `nil` for all others.
    var uplink: UplinkEstimate?
    /// What the path to this viewer carries; `nil` where nobody estimates it, and for peers without slots.
    var bandwidth: PeerBandwidth?
    /// When this viewer is told what its path carries.
    var quality = QualityTelling()
    /// The publisher's wall clock against the server's.
    var clockOffset = ClockOffset()
    /// When RTCP reports are due; `nil` before the handshake is through.
    var nextReport: MonotonicInstant?
    /// The SSRC in front of reports and feedback.
    let reporter: UInt32
    /// The running number of transport-wide feedback packets.
    var feedbackCount: UInt8 = 0
    /// The running number of full intra requests.
    var fullIntraCount: UInt8 = 0

    /// When something authentic of the peer came last, on whichever path: a check of ICE, RTP or RTCP. The transport's own
    /// `lastHeard` is about the selected path.
    var lastHeard = MonotonicInstant.zero
    /// What was dropped of or for this peer.
    var drops = DropCounters()
    /// Whether the control plane was told that the peer is silent.
    var isSilent = false

    /// The TCP path that takes no more video at the moment; `nil` while none of the peer's is congested.
    var congestedPath: NetworkPath?
    /// The TCP path that takes nothing at the moment.
    var stalledPath: NetworkPath?
    /// Whether the peer's pacing is held because of `congestedPath`.
    var isHeld = false

    init(index: PeerIndex, transport: PeerTransport, reporter: UInt32) {
        self.index = index
        self.transport = transport
        self.reporter = reporter
    }

    /// The track of a source.
    subscript(track: TrackIndex) -> PublishedTrack { tracks[track.rawValue] }

    /// Adds a track, whose index is the next.
    func append(_ track: PublishedTrack) -> TrackIndex {
        tracks.append(track)
        return TrackIndex(tracks.count - 1)
    }

    /// Learns the header extensions of every section.
    func readExtensions(of parameters: TransportParameters) {
        var map = HeaderExtensionMap()
        for section in parameters.publications {
            for known in HeaderExtension.allCases {
                if let identifier = section.receive.extensions[known] { map[known] = identifier }
            }
        }
        lookup = HeaderExtensionLookup(map)
    }
}
