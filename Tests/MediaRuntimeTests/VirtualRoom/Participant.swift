import Client
import MediaControl
import Primitives
import RTP

/// One client of a virtual room, and what it saw.
final class Participant {
    let id: TransportID
    let index: Int
    let client: ClientPeer
    /// What the worker was told.
    var parameters: TransportParameters
    /// As the server sees it.
    var address: TransportAddress
    /// As the client knows it.
    var localAddress: TransportAddress
    var publisher: SyntheticPublisher?
    /// By slot.
    var records: [SlotRecord]
    var events: [(at: MonotonicInstant, event: ClientEvent)] = []
    /// A frozen client gets nothing, does nothing, says nothing.
    var isFrozen = false
    /// One that takes nothing off its TCP connection, and goes on otherwise.
    var readsNothing = false

    init(id: TransportID, index: Int, client: ClientPeer, parameters: TransportParameters, address: TransportAddress) {
        self.id = id
        self.index = index
        self.client = client
        self.parameters = parameters
        self.address = address
        localAddress = address
        records = parameters.slots.map { SlotRecord(kind: $0.kind) }
        client.mediaHandler = { [unowned self] media, payload in records[media.slot].note(media, payload) }
    }

    /// The tracks of its publish sections.
    var tracks: [TrackID] { parameters.publications.map(\.track) }
    var audioTrack: TrackID {
        parameters.publications.first { $0.receive.kind == .audio }?.track ?? TrackID(rawValue: 0)
    }
    var videoTrack: TrackID {
        parameters.publications.first { $0.receive.kind == .video }?.track ?? TrackID(rawValue: 0)
    }

    /// When the handshake was through; `nil` before.
    var establishedAt: MonotonicInstant? {
        events.first { if case .established = $0.event { true } else { false } }?.at
    }

    /// When the connection ended; `nil` before.
    var closedAt: MonotonicInstant? {
        events.first { if case .closed = $0.event { true } else { false } }?.at
    }
}
