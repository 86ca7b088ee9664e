import Primitives

/// What one worker counted since it started.
package struct WorkerStatistics: Sendable {
    package var worker: WorkerID
    package var transports: Int
    package var datagramsReceived: UInt64
    package var datagramsSent: UInt64
    package var octetsReceived: UInt64
    package var octetsSent: UInt64
    /// RTP packets forwarded to a slot.
    package var packetsForwarded: UInt64
    package var packetsRetransmitted: UInt64
    /// Packets sent to measure what a path carries.
    package var packetsProbed: UInt64
    /// Slots that got a lower, or a higher, encoding because of what their path carries.
    package var layersLowered: UInt64
    package var layersRaised: UInt64
    /// Slots that were paused because their path carries too little.
    package var pauses: UInt64
    /// The paths to viewers that are estimated now, by what limits them.
    package var paths: [PathLimit: PathFigures]
    /// Slots that are behind what their publisher sends now: their path takes no more at the moment, or they are caught up.
    package var slotsBehind: Int
    /// Octets of viewers' traces that were refused: the disk is too slow, or a trace as large as it may be.
    package var traceOctetsDropped: UInt64
    /// Publishers' packets that were padded to the size of their picture's others, each counted once for all viewers.
    package var packetsPadded: UInt64
    /// Packets that publishers were asked for, repeated requests included.
    package var packetsRequested: UInt64
    /// Packets that were missing and came, late or again.
    package var packetsRecovered: UInt64
    package var keyframeRequestsSent: UInt64
    /// Slots that were sent what had come since the last keyframe, without a new one.
    package var catchUps: UInt64
    /// TCP connections that are open, and octets that wait for all of them.
    package var connections: Int
    package var connectionOctetsWaiting: Int
    /// TCP connections that were closed, by reason; only reasons that occurred.
    package var connectionsClosed: [String: UInt64]
    /// Dropped datagrams and packets by reason; only reasons that occurred.
    package var drops: [String: UInt64]

    package init(worker: WorkerID) {
        self.worker = worker
        transports = 0
        datagramsReceived = 0
        datagramsSent = 0
        octetsReceived = 0
        octetsSent = 0
        packetsForwarded = 0
        packetsRetransmitted = 0
        packetsProbed = 0
        layersLowered = 0
        layersRaised = 0
        pauses = 0
        paths = [:]
        slotsBehind = 0
        traceOctetsDropped = 0
        packetsPadded = 0
        packetsRequested = 0
        packetsRecovered = 0
        keyframeRequestsSent = 0
        catchUps = 0
        connections = 0
        connectionOctetsWaiting = 0
        connectionsClosed = [:]
        drops = [:]
    }
}
