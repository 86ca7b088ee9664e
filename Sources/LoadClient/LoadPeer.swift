import Client
import Primitives
import RTP
import TestMedia

/// One participant on the media thread: its connection, its publisher, and the meters of its slots.
final class LoadPeer {
    let plan: PeerPlan
    /// The name of its socket.
    let socket: Int
    let peer: ClientPeer
    var publisher: (any MediaPublisher)?
    /// Between its socket and it; `nil`: nothing.
    var link: ViewerLink?
    var meters: [SlotMeter]
    /// A publisher that pauses.
    var paused: (any MediaPublisher)?
    /// Publishes once the connection stands.
    var wantsToPublish: Bool
    var connectedAt: MonotonicInstant?
    var firstPacketAt: MonotonicInstant?
    var firstPictureAt: MonotonicInstant?
    /// The kernel's time of the datagram in hand.
    var arrival = MonotonicInstant.zero
    /// Pictures that can be shown, since the thread last looked.
    var shown: [(source: UInt32, first: MonotonicInstant, complete: MonotonicInstant)] = []
    /// Times from a wish for an encoding to its first picture, since the thread last looked.
    var layerTimes: [Duration] = []
    /// By slot: expected packets when counting began.
    private var expectedBefore: [Int64] = []
    private var repairedBefore: [Int64] = []
    private var duplicatesBefore: [Int64] = []

    init(plan: PeerPlan, socket: Int, peer: ClientPeer, clip: MediaClip?, framesPerSecond: Int) {
        self.plan = plan
        self.socket = socket
        self.peer = peer
        wantsToPublish = plan.publishes
        meters = plan.parameters.slots.map { slot in
            let check =
                plan.isDecoded && slot.kind == .video
                ? clip.flatMap { try? PictureCheck(identity: $0.settings.identity) } : nil
            return SlotMeter(kind: slot.kind, framesPerSecond: framesPerSecond, check: check)
        }
    }

    /// Measures a packet that came.
    func receive(_ media: IncomingMedia, _ payload: Span<UInt8>, ledger: SendLedger) {
        if firstPacketAt == nil { firstPacketAt = arrival }
        let outcome = meters[media.slot].take(media, payload, arrival: arrival, ledger: ledger)
        if let time = outcome.layerTime { layerTimes.append(time) }
        guard !outcome.shown.isEmpty else { return }
        if firstPictureAt == nil { firstPictureAt = outcome.shown.first?.complete }
        shown.append(contentsOf: outcome.shown)
    }

    /// Counts from now on.
    func beginCounting() {
        expectedBefore = peer.slots.map(\.statistics.expected)
        repairedBefore = peer.slots.map(\.statistics.repaired)
        duplicatesBefore = peer.slots.map(\.statistics.duplicates)
        for index in meters.indices { meters[index].isCounting = true }
    }

    /// The figures since counting began, by kind.
    func figures(of kind: MediaKind) -> StreamFigures {
        var sum = StreamFigures()
        for (index, meter) in meters.enumerated() where meter.kind == kind && meter.isCounting {
            var figures = meter.figures
            let statistics = peer.slots[index].statistics
            figures.lost = max(statistics.expected - expectedBefore[index] - figures.packets, 0)
            figures.repaired = statistics.repaired - repairedBefore[index]
            figures.duplicates = statistics.duplicates - duplicatesBefore[index]
            sum.add(figures)
        }
        return sum
    }
}
