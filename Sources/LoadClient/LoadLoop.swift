import Client
import DatagramIO
import ICE
import Primitives
import TestMedia

/// The loop of the media thread. Confined to it.
final class LoadLoop {
    /// The longest wait, so that stopping never takes long.
    private static let longestWait = Duration.milliseconds(500)
    /// Datagrams of clients leave from here as far as ICE is concerned; the kernel knows better.
    static let anyAddress = TransportAddress(v4: 0, 0, 0, 0, port: 0)

    let sockets: ClientSockets
    let context: ClientContext
    let clip: MediaClip?
    let pacing: Double
    let links: [ViewerLink.Settings]
    let midnightOffset: Int
    var peers: [Int: LoadPeer] = [:]
    /// By the socket's name.
    var bySocket: [LoadPeer?] = []
    var ledger = SendLedger()
    var isCounting = false
    var totals = LoadSnapshot()
    /// Sources of promoted participants that have not been seen yet: when they were approved, and by whom seen.
    var promotions: [UInt32: PromotionWatch] = [:]
    var timers = TimerQueue()
    private var touched: [Int] = []
    var generator = SystemRandomNumberGenerator()
    var isStopping = false

    init(
        sockets: ClientSockets, context: ClientContext, clip: MediaClip?, pacing: Double, links: [ViewerLink.Settings],
        midnightOffset: Int
    ) {
        self.links = links
        totals.links = links.map { LoadSnapshot.Link(settings: $0) }
        self.sockets = sockets
        self.context = context
        self.clip = clip
        self.pacing = pacing
        self.midnightOffset = midnightOffset
    }

    func run(_ commands: () -> [LoadThread.Command]) {
        var now = ClientSockets.now
        while !isStopping {
            let idleFrom = ClientSockets.now
            totals.busy += idleFrom - now
            var isFirst = true
            unsafe sockets.receive(within: timeToWait(now: idleFrom)) { socket, datagram, path, arrival in
                if isFirst {
                    now = ClientSockets.now
                    isFirst = false
                }
                unsafe receive(datagram, on: socket, path, arrival: arrival, now: now)
            }
            if isFirst { now = ClientSockets.now }
            for command in commands() { obey(command, now: now) }
            while let socket = timers.popDue(at: now) {
                guard let peer = bySocket[socket] else { continue }
                passOn(of: peer, now: now)
                peer.peer.handleTimeout(now: now)
                touched.append(socket)
            }
            publish()
            settleTouched(now: now)
            sockets.flush()
        }
        for peer in peers.values {
            peer.peer.close()
            drain(peer)
        }
        sockets.flush()
    }

    private func timeToWait(now: MonotonicInstant) -> Duration {
        var next = now + Self.longestWait
        if let timer = timers.next { next = min(next, timer) }
        for peer in publishing {
            if let publisher = peer.publisher { next = min(next, publisher.nextDue) }
        }
        return max(next - now, .zero)
    }

    /// Those that send; few.
    var publishing: [LoadPeer] = []

    private func publish() {
        for peer in publishing {
            guard let publisher = peer.publisher else { continue }
            // Read for each: the time of sending is what latency is measured from.
            let now = ClientSockets.now
            guard publisher.nextDue <= now else { continue }
            publisher.send(now: now, ledger: &ledger)
            drain(peer)
            sockets.flush()
            touched.append(peer.socket)
        }
    }

    private func receive(
        _ datagram: UnsafeMutableRawBufferPointer, on socket: Int, _ path: NetworkPath, arrival: MonotonicInstant,
        now: MonotonicInstant
    ) {
        guard socket < bySocket.count, let peer = bySocket[socket] else { return }
        if peer.link != nil {
            unsafe peer.link?.receive(datagram, on: path, now: arrival)
            touched.append(socket)
            return
        }
        peer.arrival = arrival
        let local = NetworkPath(local: Self.anyAddress, remote: path.remote)
        unsafe peer.peer.receive(datagram, on: local, now: now)
        if touched.last != socket { touched.append(socket) }
    }

    private func settleTouched(now: MonotonicInstant) {
        for socket in touched {
            guard let peer = bySocket[socket] else { continue }
            for event in peer.peer.takeEvents() { handle(event, of: peer, now: now) }
            drain(peer)
            if !peer.shown.isEmpty { notePromotions(peer) }
            if !peer.layerTimes.isEmpty { noteLayerTimes(peer) }
            if bySocket[socket] != nil { timers.set(earliest(peer.peer.nextTimeout, peer.link?.next), for: socket) }
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// Passes on what has gone through the peer's link.
    private func passOn(of peer: LoadPeer, now: MonotonicInstant) {
        while var datagram = peer.link?.takeArrived(now: now) {
            peer.arrival = datagram.at
            let local = NetworkPath(local: Self.anyAddress, remote: datagram.path.remote)
            unsafe datagram.octets.withUnsafeMutableBytes { unsafe peer.peer.receive($0, on: local, now: now) }
        }
        while let datagram = peer.link?.takeLeft(now: now) {
            unsafe datagram.octets.withUnsafeBytes {
                unsafe sockets.send($0, from: peer.socket, on: datagram.path)
            }
        }
    }

    func drain(_ peer: LoadPeer) {
        unsafe peer.peer.drainDatagrams { datagram, path in
            if peer.link != nil {
                unsafe peer.link?.send(datagram, on: path, now: ClientSockets.now)
                return
            }
            unsafe sockets.send(datagram, from: peer.socket, on: path)
        }
    }

    private func handle(_ event: ClientEvent, of peer: LoadPeer, now: MonotonicInstant) {
        switch event {
        case .established(let profile):
            peer.connectedAt = now
            totals.profiles["\(profile)", default: 0] += 1
            if peer.plan.isMeasured { totals.connectTimes.note(now - peer.plan.began) }
            totals.connected += 1
            if peer.wantsToPublish { startPublishing(peer, approvedAt: nil, now: now) }
        case .closed(let reason):
            totals.failures[Self.name(of: reason), default: 0] += 1
            remove(peer, saysGoodbye: false)
        case .keyframeRequested(_, let encoding):
            totals.keyframeRequests += 1
            peer.publisher?.requestKeyframe(encoding: encoding)
        case .pathSelected, .transportFeedback, .rateAllowed, .reported, .senderReport: break
        }
    }

    private static func name(of reason: ClientCloseReason) -> String {
        switch reason {
        case .closedHere: "closed here"
        case .closedByServer: "closed by the server"
        case .ice(.noPairWorks): "ICE: no candidate answered"
        case .ice(.roleConflict): "ICE: role conflict"
        case .consentLost: "ICE: consent lost"
        case .handshake(let text): "DTLS: \(text)"
        }
    }
}
