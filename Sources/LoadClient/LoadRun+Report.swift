import Primitives
import TestMedia

// The report of a run.
extension LoadRun {
    func report(
        _ final: LoadSnapshot, window: (start: LoadSnapshot, end: LoadSnapshot),
        readings: (before: ServerProcess.Reading?, start: ServerProcess.Reading?, end: ServerProcess.Reading?)
    ) -> LoadReport {
        let elapsed = (window.end.at - window.start.at).inSeconds
        var all = failures
        for (reason, count) in final.failures { all[reason, default: 0] += count }
        let packets = final.video.packets + final.audio.packets
        var usage: LoadReport.Server?
        if let before = readings.before, let start = readings.start, let end = readings.end {
            let cpu = (end.cpu - start.cpu).inSeconds
            usage = LoadReport.Server(
                cpuSeconds: cpu, cpuPercent: 100 * cpu / max(elapsed, 0.001),
                cpuMicrosecondsPerPacket: packets > 0 ? cpu * 1e6 / Double(packets) : nil,
                residentBeforeViewers: before.resident, residentAtEnd: end.resident,
                octetsPerViewer: viewers.isEmpty ? nil : (end.resident - before.resident) / viewers.count)
        }
        return LoadReport(
            url: settings.url, door: settings.door.rawValue, rooms: settings.rooms,
            publishersPerRoom: settings.publishers, viewersPerRoom: settings.viewers,
            kilobitsPerSecond: clip.bitsPerSecond(ofEncoding: clip.video.count - 1) / 1_000,
            framesPerSecond: settings.media.framesPerSecond, size: settings.media.format.description,
            encodings: settings.media.encodings, seconds: elapsed, connectionsTried: tried,
            connectionsMade: final.begun - final.failures.values.reduce(0, +), failures: all, profiles: final.profiles,
            connect: .init(final.connectTimes), firstPacket: .init(final.firstPacketTimes),
            firstPicture: .init(final.firstPictureTimes), video: .init(final.video), audio: .init(final.audio),
            pictures: .init(final.video),
            layers: hasTiles ? .init(switches: final.video.layerSwitches, timeToWanted: .init(final.layerTimes)) : nil,
            links: final.links.isEmpty
                ? nil
                : final.links.map { .init($0, seconds: elapsed, seats: max(settings.publishers, 1)) },
            promotions: final.promotions, promotionsUnseen: final.promotionsUnseen,
            promotionFirstPacket: .init(final.promotionPacketTimes),
            promotionFirstPicture: .init(final.promotionPictureTimes), packetsSent: final.packetsSent,
            packetsRetransmittedByPublishers: final.packetsRetransmitted,
            keyframeRequests: final.keyframeRequests,
            clientBusyPercent: 100 * (window.end.busy - window.start.busy).inSeconds / max(elapsed, 0.001),
            server: usage, rate: seconds,
            latencyDistribution: final.video.latency.distribution.map { [$0.0.inMilliseconds, $0.1] })
    }
}
