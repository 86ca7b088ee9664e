import Client
import Primitives
import RTP

/// What a viewer saw in one slot: a decoder that decodes nothing, but notices what a decoder would.
struct SlotRecord {
    private struct Assembly {
        var identity: PacketIdentity
        var packets: Set<UInt8> = []
        var pictureID: UInt16?
    }

    /// Packets of media, repaired ones included.
    var packets = 0
    /// Payloads that no synthetic publisher wrote.
    var strange = 0
    /// Publishers in the order in which they were shown.
    var publishers: [UInt32] = []
    /// Encodings in the order in which they were shown.
    var layers: [UInt8] = []
    /// The CSRCs that came with each publisher's packets.
    var sources: [UInt32: Set<UInt32>] = [:]
    /// Pictures that could be decoded, and sounds heard.
    var decoded = 0
    var keyframes = 0
    /// The first decoded picture or sound.
    var firstDecodedAt: MonotonicInstant?
    var lastDecodedAt: MonotonicInstant?
    /// The longest time between two decoded pictures or sounds.
    var longestPause = Duration.zero
    /// Steps of the picture id between successive pictures that are not 1.
    var pictureIDJumps = 0
    var tl0IndexJumps = 0
    /// Packets of one picture that bear another picture id than the first that came.
    var pictureIDConflicts = 0
    /// Steps back of the timestamp in the order of sequence numbers.
    var timestampsBack = 0
    /// How far the stream's timestamps and the clock of arrivals came apart.
    var largestDrift = Duration.zero
    /// The longest way from capture to arrival.
    var longestLatency = Duration.zero
    /// The newest packet's timestamp and when its content was captured.
    var lastCapture: (timestamp: UInt32, capturedAt: MonotonicInstant)?
    /// The newest packet's number on the wire.
    var newestSequence: UInt16 { UInt16(truncatingIfNeeded: highestSequence) }

    private let clockRate: Int64
    private var highestSequence: Int64 = .min
    private var lastTimestamp: UInt32?
    private var lastPictureID: UInt16?
    private var lastTL0Index: UInt8?
    private var reference: (timestamp: UInt32, arrival: MonotonicInstant)?
    private var assemblies: [UInt64: Assembly] = [:]
    private var decodedUpTo: (publisher: UInt32, layer: UInt8, frame: UInt32)?

    init(kind: MediaKind) { clockRate = kind == .audio ? 48_000 : 90_000 }

    mutating func note(_ media: IncomingMedia, _ payload: Span<UInt8>) {
        packets += 1
        guard let identity = PacketIdentity(payload: payload) else {
            strange += 1
            return
        }
        sources[identity.publisher, default: []].insert(media.source ?? 0)
        let descriptor = identity.layer == PacketIdentity.sound ? nil : try? VP8PayloadDescriptor(parsing: payload)
        if media.sequence > highestSequence { noteNewest(media, identity, descriptor) }
        let key = UInt64(identity.publisher) << 40 | UInt64(identity.layer) << 32 | UInt64(identity.frame)
        let picture = descriptor?.pictureID?.value
        var assembly = assemblies[key] ?? Assembly(identity: identity, pictureID: picture)
        assembly.packets.insert(identity.packet)
        if assembly.pictureID != picture { pictureIDConflicts += 1 }
        assemblies[key] = assembly
        if let whole = assemblies[key], whole.packets.count == Int(identity.packetCount) {
            decodeWhatCanBe(from: whole, at: media.arrival)
        }
        if assemblies.count > 200 { assemblies.removeAll() }
    }

    private mutating func noteNewest(
        _ media: IncomingMedia, _ identity: PacketIdentity, _ descriptor: VP8PayloadDescriptor?
    ) {
        highestSequence = media.sequence
        if publishers.last != identity.publisher { publishers.append(identity.publisher) }
        if layers.last != identity.layer { layers.append(identity.layer) }
        if !media.isRetransmission { longestLatency = max(longestLatency, media.arrival - identity.capturedAt) }
        lastCapture = (media.timestamp, identity.capturedAt)
        noteTimestamp(media)
        if let picture = descriptor?.pictureID?.value {
            if let lastPictureID, picture != lastPictureID, picture != (lastPictureID &+ 1) & 0x7FFF {
                pictureIDJumps += 1
            }
            lastPictureID = picture
        }
        if let index = descriptor?.tl0PictureIndex?.value {
            if let lastTL0Index, index != lastTL0Index, index != lastTL0Index &+ 1 { tl0IndexJumps += 1 }
            lastTL0Index = index
        }
    }

    private mutating func noteTimestamp(_ media: IncomingMedia) {
        if let lastTimestamp, Int32(bitPattern: media.timestamp &- lastTimestamp) < 0 { timestampsBack += 1 }
        lastTimestamp = media.timestamp
        guard let reference else {
            self.reference = (media.timestamp, media.arrival)
            return
        }
        let told = Int64(Int32(bitPattern: media.timestamp &- reference.timestamp)) * 1_000_000_000 / clockRate
        let drift = (media.arrival - reference.arrival).wholeNanoseconds - told
        largestDrift = max(largestDrift, .nanoseconds(abs(drift)))
    }

    /// Decodes a whole frame, and those that waited for it.
    private mutating func decodeWhatCanBe(from whole: Assembly, at now: MonotonicInstant) {
        var next: Assembly? = whole
        while let frame = next {
            let identity = frame.identity
            guard frame.packets.count == Int(identity.packetCount) else { return }
            // Of the same source; a keyframe that is whole only after a later one was drawn is not drawn.
            let ahead = decodedUpTo.flatMap {
                $0.publisher == identity.publisher && $0.layer == identity.layer
                    ? Int64(identity.frame) - Int64($0.frame) : nil
            }
            guard identity.isKeyframe ? ahead.map({ $0 > 0 }) ?? true : ahead == 1 else { return }
            decoded += 1
            if identity.isKeyframe { keyframes += 1 }
            if firstDecodedAt == nil { firstDecodedAt = now }
            if let lastDecodedAt { longestPause = max(longestPause, now - lastDecodedAt) }
            lastDecodedAt = now
            decodedUpTo = (identity.publisher, identity.layer, identity.frame)
            let base = UInt64(identity.publisher) << 40 | UInt64(identity.layer) << 32
            assemblies[base | UInt64(identity.frame)] = nil
            next = assemblies[base | UInt64(identity.frame &+ 1)]
        }
    }
}
