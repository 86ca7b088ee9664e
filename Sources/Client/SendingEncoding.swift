import Primitives
import RTP

/// One encoding that a client sends: its SSRC, its sequence numbers and its last packets.
package final class SendingEncoding {
    /// The indices of publication and encoding in the parameters.
    package let publication: Int
    package let encoding: Int
    package let ssrc: SSRC
    /// The SSRC of retransmissions.
    package let rtxSSRC: SSRC
    package let rid: String?
    /// Whether the server has reported on the SSRC; MID and RID are then omitted, as in browsers.
    package internal(set) var isKnownToServer = false
    package private(set) var packetsSent: UInt32 = 0
    package private(set) var octetsSent: UInt32 = 0
    package internal(set) var packetsRetransmitted: UInt32 = 0

    /// The next sequence number, extended; starts one cycle up.
    package private(set) var nextSequence: Int64
    var nextRTXSequence: Int64
    var sent = SentPackets()
    /// The last timestamp and its capture time: a point of the RTP clock.
    private(set) var clock: (timestamp: UInt32, at: MonotonicInstant)?
    private(set) var clockRate: UInt32 = 90_000

    init(
        publication: Int, encoding: Int, parameters: ReceiveParameters.Encoding, firstSequence: UInt16?,
        generator: inout some RandomNumberGenerator
    ) {
        self.publication = publication
        self.encoding = encoding
        rid = parameters.rid
        ssrc = parameters.ssrc ?? SSRC(UInt32.random(in: 1 ... .max, using: &generator))
        rtxSSRC = parameters.rtxSSRC ?? SSRC(UInt32.random(in: 1 ... .max, using: &generator))
        // In the lower half, because receivers guess the roll-over counter from the first packet that they get.
        let sequence = firstSequence ?? UInt16.random(in: 0..<0x8000, using: &generator)
        nextSequence = Int64(sequence) + 65_536
        nextRTXSequence = Int64.random(in: 0..<0x8000, using: &generator) + 65_536
    }

    /// Returns the sequence number of the next media packet.
    func noteSent(_ packet: OutgoingMedia, clockRate: UInt32, capturedAt: MonotonicInstant) -> Int64 {
        let sequence = nextSequence
        nextSequence &+= 1
        packetsSent &+= 1
        octetsSent &+= UInt32(truncatingIfNeeded: packet.payload.count)
        self.clockRate = clockRate
        clock = (packet.timestamp, capturedAt)
        return sequence
    }

    /// The RTP timestamp at `now`; `nil` before the first packet.
    func timestamp(at now: MonotonicInstant) -> UInt32? {
        guard let clock else { return nil }
        let elapsed = (now - clock.at).wholeNanoseconds
        return clock.timestamp &+ UInt32(truncatingIfNeeded: elapsed &* Int64(clockRate) / 1_000_000_000)
    }
}

/// One media packet to send.
package struct OutgoingMedia: Sendable {
    package var payloadType: UInt8
    package var isMarked: Bool
    package var timestamp: UInt32
    /// The audio level, for audio packets.
    package var audioLevel: AudioLevel?
    package var payload: [UInt8]

    package init(
        payloadType: UInt8, isMarked: Bool, timestamp: UInt32, audioLevel: AudioLevel? = nil, payload: [UInt8]
    ) {
        self.payloadType = payloadType
        self.isMarked = isMarked
        self.timestamp = timestamp
        self.audioLevel = audioLevel
        self.payload = payload
    }
}
