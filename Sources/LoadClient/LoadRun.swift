import Client
import DatagramIO
import Foundation
import NIOCore
import NIOPosix
import Primitives
import SignalingClient
import SignalingProtocol
import TestMedia

/// One run of the measuring client from the first join to the last figure.
package actor LoadRun {
    /// How long connections may take to stand after their signaling.
    static let connectPatience = Duration.seconds(15)

    let settings: LoadSettings
    let identity: ClientIdentity
    let door: any LoadDoor
    let thread: LoadThread
    let server: ServerProcess?
    let began: MonotonicInstant
    let clip: MediaClip
    private let progress: @Sendable (String) -> Void

    private var nextID = 0
    var tried = 0
    var failures: [String: Int] = [:]
    /// Viewers by participant, in the order of their coming.
    var viewers: [Viewer] = []
    private var others: [LoadAdmission] = []
    var seconds: [LoadReport.Second] = []
    private var last: LoadSnapshot?

    /// A viewer that is there.
    struct Viewer: Sendable {
        var id: Int
        var room: String
        var admission: LoadAdmission
        /// Whether it may come on stage.
        var isCandidate: Bool
        var isOnStage = false
        /// Slots for pictures.
        var seats = 0
    }

    /// Encodes the media and opens the sockets.
    ///
    /// - Parameter progress: gets a line now and then, once a second while measuring.
    /// - Throws: an error whose description is one line that says what to change.
    package init(_ settings: LoadSettings, progress: @escaping @Sendable (String) -> Void) throws {
        self.settings = settings
        self.progress = progress
        identity = try ClientIdentity(madeAt: Int64(Date().timeIntervalSince1970))
        let group = MultiThreadedEventLoopGroup.singleton
        switch settings.door {
        case .ws:
            door = try SignalingDoor(url: settings.url, token: settings.token, identity: identity, group: group)
        case .whip:
            door = try WHIPDoor(
                url: settings.url, publishPath: settings.publishPath, viewPath: settings.viewPath,
                token: settings.token, identity: identity, group: group)
        case .janus: door = try JanusDoor(url: settings.url, identity: identity, group: group)
        }
        server = try settings.serverPID.map { try ServerProcess(pid: $0) }
        progress("encoding \(settings.media.seconds) s of \(settings.media.format)")
        clip = try MediaClip(settings.media)
        thread = try LoadThread(identity: identity, clip: clip, pacing: settings.pacing, links: settings.links)
        began = ClientSockets.now
    }

    /// Runs, and takes leave of the server however it ends.
    ///
    /// - Throws: `CancellationError`, or where not a single publisher came in.
    package func run() async throws -> LoadReport {
        do {
            let report = try await measure()
            await leave()
            return report
        } catch {
            await leave()
            throw error
        }
    }

    private func measure() async throws -> LoadReport {
        try await enterPublishers()
        try await Task.sleep(for: .seconds(1))
        let before = server?.read()
        try await enterViewers()
        await waitForConnections()
        try await Task.sleep(for: settings.warmUp)

        thread.post(.beginCounting)
        let start = await thread.snapshot()
        let startReading = server?.read()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.tickEverySecond() }
            if hasTiles { group.addTask { try await self.changeTiles() } }
            if settings.churn > 0 { group.addTask { try await self.churn() } }
            if settings.promotions > 0 { group.addTask { try await self.promote() } }
            group.addTask { [settings] in
                try await Task.sleep(for: settings.duration)
                throw RunOver()
            }
            do { while try await group.next() != nil {} } catch is RunOver {}
            group.cancelAll()
        }
        let end = await thread.snapshot()
        let endReading = server?.read()
        thread.post(.endCounting)
        let final = await thread.snapshot()
        return report(
            final, window: (start, end), readings: (before, startReading, endReading))
    }

    private struct RunOver: Error {}

    // MARK: Coming in

    func roomName(_ index: Int) -> String {
        settings.rooms == 1 ? settings.roomName : "\(settings.roomName)-\(index)"
    }

    private func enterPublishers() async throws {
        progress("\(settings.rooms * settings.publishers) publisher(s) come in")
        let rids = settings.media.encodings > 1 ? Array(["q", "h", "f"].suffix(settings.media.encodings)) : []
        for room in 0..<settings.rooms {
            for number in 0..<settings.publishers {
                let wish = Wish(
                    room: roomName(room), name: "publisher \(number)", role: "costreamer", publishes: true, rids: rids)
                if let (id, admission) = await enter(wish, publishes: true) {
                    others.append(admission)
                    followWishes(of: admission, id: id, rids: rids)
                }
            }
        }
        await waitForConnections()
        let there = await thread.snapshot()
        if settings.publishers > 0, there.connected == 0 {
            for (reason, count) in there.failures { failures[reason, default: 0] += count }
            throw DoorError.closed("no publisher came in: \(failures.keys.sorted().joined(separator: "; "))")
        }
    }

    private func enterViewers() async throws {
        let count = settings.rooms * settings.viewers
        progress("\(count) viewers come in")
        let step = Duration.nanoseconds(Int64(1e9 / settings.joinsPerSecond))
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                // Joins are set off by the clock, however long each takes.
                try await Task.sleep(until: start + step * number, clock: .continuous)
                group.addTask { await self.enterViewer(number) }
            }
            try await group.waitForAll()
        }
    }

    func enterViewer(_ number: Int) async {
        let room = roomName(number % settings.rooms)
        let isCandidate = settings.promotions > 0 && number < settings.promotedAtOnce + 2
        let wish = Wish(
            room: room, name: "viewer \(number)", role: "viewer", publishes: isCandidate,
            seats: max(settings.publishers, 1) + settings.promotedAtOnce)
        guard
            let (id, admission) = await enter(
                wish, publishes: false, isMeasured: true,
                isDecoded: number < settings.decoded && !settings.countsOnly,
                link: settings.links.isEmpty ? nil : number % settings.links.count)
        else { return }
        let viewer = Viewer(id: id, room: room, admission: admission, isCandidate: isCandidate, seats: wish.seats)
        viewers.append(viewer)
        if hasTiles { await showTile(of: viewer, turn: 0) }
    }

    private func enter(
        _ wish: Wish, publishes: Bool, isMeasured: Bool = false, isDecoded: Bool = false, link: Int? = nil
    ) async -> (Int, LoadAdmission)? {
        tried += 1
        let began = ClientSockets.now
        do {
            let admission = try await door.enter(wish)
            var options = ClientOptions()
            options.opensMedia = !settings.countsOnly
            options.opensMarkedPackets = settings.countsOnly
            options.sendsNACK = settings.sendsNACK
            let id = nextID
            nextID += 1
            thread.post(
                .add(
                    PeerPlan(
                        id: id, parameters: admission.parameters, options: options, began: began,
                        publishes: publishes, isMeasured: isMeasured, isDecoded: isDecoded, link: link)))
            return (id, admission)
        } catch {
            failures["signaling: \(error)", default: 0] += 1
            return nil
        }
    }

    func notePromotionFailure(_ error: any Error) {
        if !(error is CancellationError) { failures["promotion: \(error)", default: 0] += 1 }
    }

    private func waitForConnections() async {
        let deadline = ContinuousClock.now + Self.connectPatience
        while ContinuousClock.now < deadline, !Task.isCancelled {
            let snapshot = await thread.snapshot()
            if snapshot.connected + snapshot.failures.values.reduce(0, +) >= snapshot.begun { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func leave() async {
        let all = viewers.map(\.admission) + others
        viewers = []
        others = []
        await withTaskGroup(of: Void.self) { group in
            for admission in all { group.addTask { await admission.leave() } }
        }
        thread.stop()
    }

    // MARK: Progress

    private func tickEverySecond() async throws {
        var next = ContinuousClock.now + .seconds(1)
        last = await thread.snapshot()
        while true {
            try await Task.sleep(until: next, clock: .continuous)
            next += .seconds(1)
            tick(await thread.snapshot())
        }
    }

    private func tick(_ snapshot: LoadSnapshot) {
        guard let last else { return self.last = snapshot }
        let elapsed = max((snapshot.at - last.at).inSeconds, 0.001)
        let octets = snapshot.video.octets + snapshot.audio.octets - last.video.octets - last.audio.octets
        let packets = snapshot.video.packets + snapshot.audio.packets - last.video.packets - last.audio.packets
        let lost = snapshot.video.lost + snapshot.audio.lost - last.video.lost - last.audio.lost
        let latency = snapshot.video.latency.since(last.video.latency)
        let second = LoadReport.Second(
            at: (snapshot.at - began).inSeconds, connected: snapshot.connected, packets: packets,
            megabitsPerSecond: Double(octets) * 8 / elapsed / 1e6, lost: lost,
            p99: latency.percentile(0.99)?.inMilliseconds)
        seconds.append(second)
        let busy = 100 * (snapshot.busy - last.busy).inSeconds / elapsed
        progress(
            "\(LoadReport.number(second.at, 0)) s  \(snapshot.connected) connected  "
                + "\(LoadReport.number(second.megabitsPerSecond, 1)) Mbit/s  \(packets) packets  \(lost) lost  "
                + "p99 \(LoadReport.number(second.p99 ?? 0, 2)) ms  client \(LoadReport.number(busy, 0)) %")
        self.last = snapshot
    }
}
