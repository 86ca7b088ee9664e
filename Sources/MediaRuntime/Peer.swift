import Forwarding
import MediaControl
import Primitives
import RTP
import Transport

/// One peer of a worker: its transport, what it publishes and what its slots carry.
final class Peer {
    /// Where the packets of an SSRC belong.
    struct Source {
        /// An index into `tracks`.
        var track: Int
        /// An index into the track's encodings.
        var encoding: Int
        /// Whether the SSRC carries retransmissions (RFC 4588).
        var isRetransmission: Bool
        /// Of media: the number of the `PublishedEncoding` that it feeds; `notBegun` where its first packet makes one.
        var number = notBegun
        /// The SSRC of the media: its own, or the one whose packets it repeats; 0 while that is not known.
        var media: UInt32
        /// When the last packet came; of media that its encoding has now, that encoding knows.
        var lastPacketAt = MonotonicInstant.zero

        static let notBegun = -1
    }

    /// SSRCs that one peer may use at a time; of more, the one that was silent for longest gives way.
    static let maximumSources = 64
    /// An SSRC gives way where it was silent for this long; else the new one is dropped.
    static let silenceOfSource = Duration.seconds(1)

    let index: Int
    let transport: PeerTransport
    /// The identifiers of header extensions, the same in all bundled sections (RFC 9143 section 9.2).
    var lookup = HeaderExtensionLookup(HeaderExtensionMap())
    /// The paths that the worker knows this peer by, or did; see `notePaths`.
    var paths: [NetworkPath] = []
    var tracks: [PublishedTrack] = []
    /// By SSRC: known from the offer or latched from MID and RID, which vanish from the packets after a while.
    var sources: [UInt32: Source] = [:]
    /// The records of the slots, by slot index.
    var slots: [Int] = []
    var fills: [SlotFill?] = []
    /// What may be sent again, by slot.
    var repairs: [RetransmissionLimit] = []
    /// To the peer and back: from its receiver reports, its answers to our reference times, or its retransmissions.
    var roundTrip = RoundTrip()
    /// Missing packets are not asked for before this time.
    var nextNACK = MonotonicInstant.zero
    /// What a publisher without transport-wide feedback is told; `nil` for all others.
    var uplink: UplinkEstimate?
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

    /// When something authentic of the peer came last: a check of ICE, RTP or RTCP.
    var lastHeard = MonotonicInstant.zero
    /// Whether the control plane was told that the peer is silent.
    var isSilent = false

    init(index: Int, transport: PeerTransport, reporter: UInt32) {
        self.index = index
        self.transport = transport
        self.reporter = reporter
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
