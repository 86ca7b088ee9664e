// Every index of the media plane has a type of its own, so that one cannot be taken for another.

/// A peer of a worker: where its record for sending is in the worker's slab.
public struct PeerIndex: SlabIndex {
    /// See `SlabIndex`.
    public let place: UInt32
    /// See `SlabIndex`.
    public let generation: UInt32

    /// Used by the slab, and by tests.
    @inlinable public init(place: UInt32, generation: UInt32) {
        self.place = place
        self.generation = generation
    }

    /// No peer: a place beyond every slab, so that a lookup finds nothing.
    package static let none = PeerIndex(place: .max, generation: 0)
}

/// A subscription of a worker, by its record in the router's slab.
public struct SubscriptionIndex: SlabIndex {
    /// See `SlabIndex`.
    public let place: UInt32
    /// See `SlabIndex`.
    public let generation: UInt32

    /// Used by the slab, and by tests.
    @inlinable public init(place: UInt32, generation: UInt32) {
        self.place = place
        self.generation = generation
    }
}

/// A slot among those of one peer: the negotiated section in which it receives.
package struct SlotIndex: Hashable, Sendable {
    package let rawValue: Int
    package init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// A track among those that one peer publishes.
package struct TrackIndex: Hashable, Sendable {
    package let rawValue: Int
    package init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// One source of one encoding, among all of a worker; never used again. An encoding that goes on with another SSRC gets
/// another of these.
package struct EncodingID: Hashable, Sendable {
    package let rawValue: Int
    package init(_ rawValue: Int) { self.rawValue = rawValue }
    /// No encoding.
    package static let none = EncodingID(-1)
}

/// An encoding among those of one track, in the order of the offer.
package struct EncodingIndex: Hashable, Sendable {
    package let rawValue: Int
    package init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// Where a published track's packets come from.
package enum Origin: Hashable, Sendable {
    case peer(PeerIndex)
}

/// Where a subscription's packets go.
package enum Sink: Hashable, Sendable {
    case peer(PeerIndex, SlotIndex)
}
