import Client
import Primitives
import RTP

extension VirtualRoom {
    /// What differs between participants.
    struct Joining {
        var publications: [ReceiveParameters] = []
        var isOpen = true
        /// Whether what is published is encrypted end to end.
        var isOpaque = false
        /// Slots are made in pairs of sound and picture, one pair per seat.
        var seats = 0
        var slotCodec = Codec.vp8
        /// Whether the slots take redundant audio.
        var slotsTakeRED = false
        var options = ClientOptions()
        var isV6 = false
        /// Where the client sends from; an address of its own where it is `nil`.
        var address: TransportAddress?
        /// Octets that the kernel keeps for a client that comes over TCP, 0 for its default; `nil` for one that comes over UDP.
        var tcpReceiveBuffer: Int32?
        /// The fingerprint that the offer named, where it is not that of the client's certificate.
        var fingerprint: CertificateFingerprint?

        static func publisher(rids: [String] = [], isOpen: Bool = true) -> Joining {
            Joining(
                publications: [
                    RoomSections.publishedAudio(mid: "0"), RoomSections.publishedVideo(mid: "1", rids: rids),
                ], isOpen: isOpen)
        }

        static func viewer(seats: Int = 1) -> Joining { Joining(seats: seats) }
    }
}

extension VirtualRoom {
    /// A publisher and a viewer who has been watching for a second.
    func playing() throws -> (Participant, Participant) {
        let publisher = try join(.publisher())
        let viewer = try join(.viewer())
        show(publisher, to: viewer)
        run(.seconds(1))
        startPublishing(publisher)
        run(.seconds(1))
        return (publisher, viewer)
    }
}
