import Primitives
import RTP

/// What a worker knows of one slot and of the subscription in it; see `TransportSnapshot`.
package struct SlotSnapshot: Equatable, Sendable {
    /// What the subscription does.
    package enum Activity: String, Sendable, CaseIterable {
        /// The slot carries nothing.
        case empty
        /// It waits for the first packet that a viewer can begin with: of video, a keyframe.
        case waiting
        /// It sends what has come since the last keyframe out of the buffer, and is behind the live packets.
        case catchingUp
        /// It forwards packets as they come.
        case live
        /// The viewer negotiated no payload type that fits the track's codec.
        case cannotDecode
    }

    /// The highest spatial and temporal layer within an encoding; 3 for the fourth and all above.
    package struct Layers: Equatable, Sendable {
        package var spatial: UInt8
        package var temporal: UInt8

        package init(spatial: UInt8, temporal: UInt8) {
            self.spatial = spatial
            self.temporal = temporal
        }
    }

    /// The index among the transport's slots.
    package var slot: Int
    package var mid: String
    package var kind: MediaKind
    package var ssrc: SSRC
    /// `nil` while the slot is empty.
    package var track: TrackID?
    package var activity: Activity
    /// The encoding that is being sent, an index into the track's `encodings`; `nil` while none is.
    package var currentEncoding: Int?
    /// The encoding that shall be sent, likewise; differs from `currentEncoding` until a keyframe of it comes.
    package var targetEncoding: Int?
    /// The encoding that suffices for the size at which the viewer shows the slot, likewise.
    package var maximumEncoding: Int?
    /// The layers of the current encoding that are being sent; `nil` while all are.
    package var currentLayers: Layers?
    /// The layers that shall be sent, likewise; differ from `currentLayers` until a picture at which the viewer may switch.
    package var targetLayers: Layers?
    /// The size at which the viewer shows the slot.
    package var demand: SlotDemand
    /// How long the subscription has waited for a keyframe of its target; `nil` while it does not wait.
    package var waitingFor: Duration?
    /// Packets that are still to be sent out of the buffer; 0 unless the slot is catching up.
    package var packetsBehind: Int
    /// Time since the packet that was forwarded last had come from the publisher; `nil` before the first.
    package var lastPacketAge: Duration?
    /// Packets of media sent, wrapping at 32 bits.
    package var packetsSent: UInt32
    /// Octets of payload sent, wrapping at 32 bits.
    package var octetsSent: UInt32
    /// Packets sent again as RTX (RFC 4588).
    package var packetsRetransmitted: UInt64

    package init(slot: Int, mid: String, kind: MediaKind, ssrc: SSRC) {
        self.slot = slot
        self.mid = mid
        self.kind = kind
        self.ssrc = ssrc
        track = nil
        activity = .empty
        currentEncoding = nil
        targetEncoding = nil
        maximumEncoding = nil
        currentLayers = nil
        targetLayers = nil
        demand = SlotDemand()
        waitingFor = nil
        packetsBehind = 0
        lastPacketAge = nil
        packetsSent = 0
        octetsSent = 0
        packetsRetransmitted = 0
    }
}
