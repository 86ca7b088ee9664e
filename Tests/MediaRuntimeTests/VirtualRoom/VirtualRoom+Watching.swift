import Client
import CongestionControl
import Primitives
import TestSupport

@testable import MediaRuntime

extension VirtualRoom {
    /// Makes a publisher send three encodings of about 150, 500 and 1,700 kbit/s.
    static func sendThreeEncodings(_ publisher: Participant) {
        let shapes = [(2, 400), (3, 800), (7, 1_050)]
        for (index, shape) in shapes.enumerated() {
            publisher.publisher?.layers[index].packetsPerFrame = shape.0
            publisher.publisher?.layers[index].packetsPerKeyframe = shape.0 * 4
            publisher.publisher?.layers[index].packetOctets = shape.1
            publisher.publisher?.layers[index].width = 320 << index
            publisher.publisher?.layers[index].height = 180 << index
        }
    }

    /// Puts a link of this rate between the server and a viewer; `nil` for one without a bound.
    func setLink(to viewer: Participant, kilobits: Int64?) {
        network.setConditions(
            LinkConditions(
                latency: .milliseconds(30), rate: kilobits.map { Bitrate.kilobits($0) }, queueOctets: 30_000),
            from: Self.serverV4, to: viewer.address)
    }

    /// A room with publishers of three encodings and one viewer behind a link of this rate, who has been watching for a while.
    static func watching(
        kilobits: Int64?, for duration: Duration = .seconds(15), seed: UInt64 = 1, seats: Int = 1,
        estimation: EstimatorSettings? = EstimatorSettings(), traces: (any TraceSink)? = nil
    ) throws -> (VirtualRoom, Participant) {
        let room = try VirtualRoom(seed: seed, estimation: estimation, traces: traces)
        let publishers = try (0..<seats).map { _ in try room.join(.publisher(rids: ["q", "h", "f"])) }
        for publisher in publishers { sendThreeEncodings(publisher) }
        let viewer = try room.join(.viewer(seats: seats))
        room.setLink(to: viewer, kilobits: kilobits)
        for (seat, publisher) in publishers.enumerated() { room.show(publisher, to: viewer, seat: seat) }
        room.run(.seconds(1))
        for publisher in publishers { room.startPublishing(publisher) }
        room.run(duration)
        return (room, viewer)
    }
}
