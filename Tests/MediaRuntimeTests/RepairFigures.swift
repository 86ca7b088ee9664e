import Client
import MediaControl
import Primitives
import RTP
import TestSupport

@testable import MediaRuntime

/// What became of a publisher's pictures on their way to one viewer, over a network that is not kind.
struct RepairFigures: Equatable, CustomStringConvertible {
    /// Packets that the publisher sent, but for the last second's.
    var packets = 0
    /// Those that never came.
    var lostForGood = 0
    /// Pictures of which a packet came late because it had to be sent again.
    var repairedFrames = 0
    /// How much later than without loss they were whole.
    var median = Duration.zero
    var p95 = Duration.zero
    /// Octets that the worker sent again, of those that it sent.
    var retransmittedShare = 0.0
    /// Pictures that could be decoded, of those that were sent.
    var decodedShare = 0.0

    var residual: Double { Double(lostForGood) / Double(max(packets, 1)) }

    var description: String {
        let percent = (residual * 100_000).rounded() / 1_000
        let decoded = (decodedShare * 1_000).rounded() / 10
        let resent = (retransmittedShare * 1_000).rounded() / 10
        return "\(packets) packets, residual \(percent) %, \(repairedFrames) frames repaired in "
            + "\(median.inMilliseconds.rounded()) ms (p95 \(p95.inMilliseconds.rounded())), "
            + "decoded \(decoded) %, sent again \(resent) %"
    }

    /// One publisher, one viewer, each leg of `roundTrip`.
    ///
    /// - Parameters:
    ///   - up: conditions of the publisher's leg, both ways; its latency is set from the round trip.
    ///   - down: likewise, of the viewer's leg.
    static func measure(
        seed: UInt64, roundTrip: Duration, up: LinkConditions, down: LinkConditions, seconds: Int = 30
    ) throws -> RepairFigures {
        let oneWay = roundTrip / 2
        let clean = LinkConditions(latency: oneWay)
        let room = try VirtualRoom(seed: seed, conditions: clean)
        let publisher = try room.join(.publisher())
        let viewer = try room.join(.viewer())
        room.show(publisher, to: viewer)
        room.run(.seconds(1))

        var arrivals: [UInt32: (capturedAt: MonotonicInstant, came: Set<UInt8>, count: Int, last: MonotonicInstant)] =
            [:]
        let handler = viewer.client.mediaHandler
        viewer.client.mediaHandler = { media, payload in
            handler?(media, payload)
            guard let identity = PacketIdentity(payload: payload), identity.layer == 0 else { return }
            var frame =
                arrivals[identity.frame] ?? (identity.capturedAt, [], Int(identity.packetCount), media.arrival)
            if frame.came.insert(identity.packet).inserted { frame.last = max(frame.last, media.arrival) }
            arrivals[identity.frame] = frame
        }
        room.startPublishing(publisher)
        room.run(.seconds(2))
        let sentBefore = room.worker.statistics.octetsSent
        for (conditions, participant) in [(up, publisher), (down, viewer)] {
            var conditions = conditions
            conditions.latency = oneWay
            room.network.setConditions(conditions, from: participant.address, to: VirtualRoom.serverV4)
            room.network.setConditions(conditions, from: VirtualRoom.serverV4, to: participant.address)
        }
        let first = publisher.publisher?.layers[0].frame ?? 0
        room.run(.seconds(seconds))
        let end = publisher.publisher?.layers[0].frame ?? 0
        // What is still missing gets its time.
        for participant in [publisher, viewer] {
            room.network.setConditions(clean, from: participant.address, to: VirtualRoom.serverV4)
            room.network.setConditions(clean, from: VirtualRoom.serverV4, to: participant.address)
        }
        room.run(.seconds(2))

        var figures = RepairFigures()
        var delays: [Duration] = []
        for number in first..<end {
            // A frame of which nothing came is lost with all its packets.
            guard let frame = arrivals[number] else {
                figures.packets += 3
                figures.lostForGood += 3
                continue
            }
            figures.packets += frame.count
            figures.lostForGood += frame.count - frame.came.count
            let extra = frame.last - frame.capturedAt - roundTrip
            // Beyond what jitter and reordering of the test's networks do by themselves.
            if frame.came.count == frame.count, extra > .milliseconds(41) { delays.append(extra) }
        }
        delays.sort()
        figures.repairedFrames = delays.count
        if !delays.isEmpty {
            figures.median = delays[delays.count / 2]
            figures.p95 = delays[delays.count * 95 / 100]
        }
        let sent = room.worker.statistics.octetsSent - sentBefore
        let resent = room.worker.statistics.packetsRetransmitted * 540
        figures.retransmittedShare = Double(resent) / Double(max(sent, 1))
        figures.decodedShare = Double(viewer.records[1].decoded) / Double(publisher.publisher?.layers[0].frame ?? 1)
        return figures
    }
}
