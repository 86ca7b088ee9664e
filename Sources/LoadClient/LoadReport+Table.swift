import Foundation

extension LoadReport {
    /// The figures for people.
    package func table() -> String {
        var lines: [(String, String)] = []
        lines.append(
            ("load", "\(rooms) x (\(publishersPerRoom) + \(viewersPerRoom)) by \(door), \(Self.number(seconds, 0)) s"))
        lines.append(
            ("media", "\(size) at \(framesPerSecond) fps, \(kilobitsPerSecond) kbit/s, \(encodings) encoding(s)"))
        lines.append(("connections", "\(connectionsMade) of \(connectionsTried)"))
        for (reason, count) in failures.sorted(by: { $0.value > $1.value }) {
            lines.append(("  failed", "\(count) x \(reason)"))
        }
        lines.append(("SRTP", profiles.keys.sorted().joined(separator: ", ")))
        lines.append(("join to connected", Self.text(connect)))
        lines.append(("join to first packet", Self.text(firstPacket)))
        lines.append(("join to first picture", Self.text(firstPicture)))
        lines.append(("latency of video packets", Self.text(video.latency)))
        lines.append(("latency of sound packets", Self.text(audio.latency)))
        for (name, stream) in [("video", video), ("sound", audio)] {
            let rate = Double(stream.octets) * 8 / max(seconds, 0.001) / 1e6
            lines.append(
                ("\(name) received", "\(stream.packets) packets, \(Self.number(rate, 1)) Mbit/s in all"))
            lines.append(
                (
                    "\(name) lost",
                    "\(Self.number(stream.lossBeforeRepair, 3)) % before repair (\(stream.lost)), "
                        + "\(Self.number(stream.lossAfterRepair, 3)) % after"
                ))
        }
        let unrecognised = video.unrecognised + audio.unrecognised
        if unrecognised > 0 { lines.append(("not recognised", "\(unrecognised) packets have no latency")) }
        lines.append(
            (
                "pictures",
                "\(pictures.complete) complete, \(pictures.incomplete) incomplete, \(pictures.undecodable) undecodable, "
                    + "\(pictures.keyframes) keyframes"
            ))
        lines.append(
            ("decoded", "\(pictures.decoded) right, \(pictures.wrong) wrong, \(pictures.notDecoded) refused"))
        lines.append(("freezes", "\(pictures.freezes), \(Self.number(pictures.frozenMs, 0)) ms in all"))
        if let layers {
            lines.append(("layer switches", "\(layers.switches)"))
            lines.append(("time to the wanted layer", Self.text(layers.timeToWanted)))
        }
        for link in links ?? [] {
            let pictures = link.picturesPerSecond.map { Self.number($0, 1) }.joined(separator: " + ")
            lines.append(
                (
                    "link of \(link.name)",
                    "\(link.viewers) viewers, each \(Self.number(link.kilobitsPerSecond, 0)) kbit/s, \(pictures) pictures/s by size, "
                        + "\(Self.number(link.freezesPerMinute, 1)) freezes/min (\(Self.number(link.frozenPercent, 1)) %)"
                ))
            lines.append(
                (
                    "  its queue",
                    "p50 \(Self.number(link.queue.p50 ?? 0, 0))  p95 \(Self.number(link.queue.p95 ?? 0, 0))  "
                        + "p99 \(Self.number(link.queue.p99 ?? 0, 0)) ms, \(Self.number(link.droppedPercent, 2)) % dropped, "
                        + "\(Self.number(link.audioLossPercent, 2)) % of sound lost"
                ))
        }
        if promotions > 0 {
            lines.append(("promotions", "\(promotions), \(promotionsUnseen) seen by nobody"))
            lines.append(("approve to first packet", Self.text(promotionFirstPacket)))
            lines.append(("approve to first picture", Self.text(promotionFirstPicture)))
        }
        if let server {
            let perPacket = server.cpuMicrosecondsPerPacket.map { Self.number($0, 2) + " us per packet received" } ?? ""
            lines.append(("server's CPU", "\(Self.number(server.cpuPercent, 1)) % of one core, \(perPacket)"))
            let perViewer = server.octetsPerViewer.map { ", \($0 / 1_024) KB per viewer" } ?? ""
            lines.append(("server's memory", "\(server.residentAtEnd / 1_048_576) MB\(perViewer)"))
        }
        lines.append(("this client", "busy \(Self.number(clientBusyPercent, 0)) % of one core"))
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { "\($0.padding(toLength: width, withPad: " ", startingAt: 0))  \($1)" }
            .joined(separator: "\n")
    }

    private static func text(_ times: Times) -> String {
        guard let p50 = times.p50, let p95 = times.p95, let p99 = times.p99, let max = times.max else { return "none" }
        return "p50 \(number(p50, 2))  p95 \(number(p95, 2))  p99 \(number(p99, 2))  max \(number(max, 2)) ms"
            + "  (\(times.count))"
    }

    static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
