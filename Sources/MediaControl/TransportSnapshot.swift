import Primitives

/// What a worker knows of one transport at one instant, for a person who asks why a picture stands still.
///
/// Ages and waits are measured up to the instant of the snapshot. Built off the packet path, on request only.
package struct TransportSnapshot: Equatable, Sendable {
    package var id: TransportID
    /// Whether the DTLS handshake is through.
    package var isEstablished: Bool
    /// The path that ICE has selected, on which media is sent; `nil` while there is none.
    package var path: NetworkPath?
    /// Time since anything authentic came from the peer (a STUN check, RTP or RTCP); `nil` before the first.
    package var lastHeardAge: Duration?
    /// The estimated round-trip time; `nil` before the first measurement.
    package var roundTrip: Duration?
    /// Datagrams and packets from or for this peer that were dropped, by `DropReason`; only reasons that occurred.
    package var drops: [String: UInt64]
    /// Packets that the peer has acknowledged with transport-wide feedback; 0 where that is not negotiated.
    package var packetsAcknowledged: UInt64
    /// Packets that the peer has reported as lost with transport-wide feedback; some may have come late.
    package var packetsReportedLost: UInt64
    /// The rate that the peer acknowledged over the last second; `nil` before there is enough to tell.
    package var acknowledgedRate: Bitrate?
    /// What the path to the peer is estimated to carry; `nil` where nobody estimates it.
    package var estimate: Bitrate?
    /// What holds the estimate down.
    package var limitedBy: PathLimit?
    /// What all slots could use.
    package var wanted: Bitrate?
    /// Delay on the path that our own bursts do not explain.
    package var residualDelay: Duration?
    /// The tracks that the peer publishes, one per publish section, in the order of the sections.
    package var tracks: [TrackSnapshot]
    /// The slots in which the peer receives, by slot index.
    package var slots: [SlotSnapshot]

    package init(id: TransportID) {
        self.id = id
        isEstablished = false
        path = nil
        lastHeardAge = nil
        roundTrip = nil
        drops = [:]
        packetsAcknowledged = 0
        packetsReportedLost = 0
        acknowledgedRate = nil
        estimate = nil
        limitedBy = nil
        wanted = nil
        residualDelay = nil
        tracks = []
        slots = []
    }
}
