import Primitives
import RTP

/// One source of one encoding of a published track as it arrives: its buffer, its statistics, its clock. An encoding that goes
/// on with another SSRC gets another of these.
// Safe to use: what `pending` points to lives longer than the turn after which it is emptied.
@safe package final class PublishedEncoding {
    package let id: EncodingID
    package let track: TrackID
    /// The RID of a simulcast layer, `nil` where the track has one encoding.
    package let rid: String?
    /// The SSRC of the media, known from the offer or latched from the first packet.
    package var ssrc: SSRC?
    /// The SSRC of its retransmissions, likewise.
    package var rtxSSRC: SSRC?
    package let buffer: PacketBuffer
    package var statistics: ReceiveStatistics
    /// What the last receiver report said was lost on the way from the publisher (RFC 3550 section 6.4.1), in 256ths.
    package var fractionLost: UInt8 = 0
    package var missing = NackGenerator()
    package var keyframes = KeyframeThrottle()
    package var cache = KeyframeCache()
    package var clock = PublisherClock()
    package var activity = SourceActivity()
    package var rate = SmoothedRate()
    /// The size of the newest keyframe that told it.
    package var pictureSize: PictureSize?
    /// Whether a keyframe of the encoding was ever told from other pictures, which encryption may prevent.
    package var tellsKeyframes = false
    /// The timestamp of the newest sequence parameter set of H.264; `nil` where none has come.
    private var parameterSets: UInt32?
    /// The timestamp of the packet before, where payloads are encrypted.
    package var lastTimestamp: UInt32?
    /// When the last packet of the SSRC came, whether or not it was new or went through the gate; `nil` before the first.
    package var lastPacketAt: MonotonicInstant?
    /// The middle 32 bits of the last sender report's NTP time, and when it came (RFC 3550 section 6.4.1, LSR).
    package var lastSenderReport: (middle: UInt32, at: MonotonicInstant)?
    /// The source that this one followed, kept for viewers that still miss packets of it.
    package var predecessor: PublishedEncoding?
    /// Subscriptions that are sent this encoding, or have it as their target.
    package internal(set) var subscribers: [Subscriber] = []
    /// Whether a subscription is sent it or is to be.
    package var isWatched: Bool { !subscribers.isEmpty }
    /// Whether no keyframe has come of it nor of the source before it: how large its pictures are is not known.
    var isUnknown: Bool { pictureSize == nil && cache.lastKeyframe == nil }
    /// Whether a keyframe that is wanted is of use: somebody watches, or nobody can before one has come.
    var mayAskForKeyframe: Bool { isWatched || isUnknown }
    /// How many have it as their target.
    package internal(set) var targets = 0
    /// Packets that wait for the fan-out, in the order in which they came.
    package private(set) var pending: [PendingPacket] = unsafe []
    /// Where live subscriptions stand: the publisher's number behind the highest that was forwarded.
    package private(set) var head: Int64 = 0
    /// How long the packets wait.
    private var hold = FrameHold()
    /// What its packets say of their layers.
    package var layers = LayerReader()
    /// The lanes that viewers get, but for everything.
    private(set) var lanes: [Lane] = []
    private var nextLaneID: UInt32 = 0
    /// The waiting packets as one lane's viewers get them, and the entries that point to them.
    private var views: UnsafeMutableBufferPointer<StoredPacket>?
    private var viewed: [PendingPacket] = unsafe []
    /// Where in `subscribers` those begin who are sent the same lane; the first at 0.
    package private(set) var groups: [LaneGroup] = [LaneGroup(lane: .everything, first: 0)]
    package let clockRate: UInt32
    package let kind: MediaKind
    /// `kind == .audio`; comparing an enumeration of another module is a call through a table.
    package let isAudio: Bool

    package init(
        id: EncodingID, track: TrackID, encoding: ReceiveParameters.Encoding, kind: MediaKind, clockRate: UInt32
    ) {
        self.id = id
        self.track = track
        self.kind = kind
        isAudio = kind == .audio
        self.clockRate = clockRate
        rid = encoding.rid
        ssrc = encoding.ssrc
        rtxSSRC = encoding.rtxSSRC
        buffer = PacketBuffer(limits: kind == .video ? .video : .audio)
        statistics = ReceiveStatistics(clockRate: clockRate)
    }

    /// Another source of the same encoding. Nothing of the first one's packets is true of the second's, but its pictures
    /// are probably as large, which keeps viewers at this encoding until a keyframe says so.
    package convenience init(id: EncodingID, following other: PublishedEncoding, ssrc: SSRC, rtxSSRC: SSRC?) {
        self.init(
            id: id, track: other.track, encoding: .init(rid: other.rid, ssrc: ssrc, rtxSSRC: rtxSSRC),
            kind: other.kind, clockRate: other.clockRate)
        pictureSize = other.pictureSize
        rate = other.rate
        tellsKeyframes = other.tellsKeyframes
        predecessor = other
    }

    deinit { unsafe views?.deallocate() }

    // MARK: - Packets on their way

    /// Has a packet wait for the fan-out.
    ///
    /// - Parameter isLate: the packet fills a gap that viewers wait at.
    /// - Returns: whether it is the only one that waits.
    func append(_ entry: PendingPacket, isLate: Bool, at now: MonotonicInstant) -> Bool {
        let isLast = unsafe isAudio || isLate || entry.packet.pointee.isMarked
        hold.note(isLast: isLast, at: now)
        unsafe pending.append(entry)
        return unsafe pending.count == 1
    }

    /// Until when the packets that wait are to be held; `nil` where they are to leave now.
    func heldUntil(longest: Duration, now: MonotonicInstant) -> MonotonicInstant? {
        // What nobody watches need not be waited for.
        guard !subscribers.isEmpty else { return nil }
        return hold.deadline(longest: longest, now: now)
    }

    /// Whether a viewer can begin with one of the packets that wait.
    var hasPendingStart: Bool {
        unsafe pending.contains { unsafe $0.packet.pointee.isKeyframeStart }
    }

    /// Readies the packets that wait for the fan-out: leaves out those that the buffer has lost meanwhile, and pads those of a
    /// frame to one size.
    ///
    /// - Returns: how many were padded.
    func preparePending() -> UInt64 {
        unsafe pending.removeAll { unsafe $0.packet.pointee.sequence != $0.sequence }
        guard !isAudio, !subscribers.isEmpty, unsafe pending.count > 1 else { return 0 }
        var padded: UInt64 = 0
        var largest = 0
        for index in unsafe pending.indices {
            largest = unsafe max(largest, pending[index].packet.pointee.payloadCount)
        }
        // Only the last of a message may be shorter than the others.
        for index in unsafe 0..<pending.count - 1 where unsafe buffer.pad(pending[index].packet, to: largest) {
            padded &+= 1
        }
        return padded
    }

    /// The position of live subscriptions behind the packets that wait now.
    package var headBehindPending: Int64 {
        var end = head
        for index in unsafe pending.indices { end = unsafe max(end, pending[index].sequence &+ 1) }
        return end
    }

    /// Whether a packet that waits fills a gap that viewers wait at.
    package var fillsGap: Bool {
        for index in unsafe pending.indices where unsafe pending[index].sequence < head { return true }
        return false
    }

    /// The packets that waited have left.
    func finishPending() {
        head = headBehindPending
        removePending()
    }

    /// Forgets the packets that wait.
    func removePending() {
        unsafe pending.removeAll(keepingCapacity: true)
        hold.release()
    }

    /// How far a subscription that is behind may go: up to the head, but not over a late packet that waits for the fan-out,
    /// which would send it twice.
    var sendableEnd: Int64 {
        var end = head
        for index in unsafe pending.indices { end = unsafe min(end, pending[index].sequence) }
        return end
    }

    // MARK: - Lanes

    func noteInLane(_ packet: borrowing StoredPacket, at index: Int) {
        lanes[index].note(packet, spatialCount: layers.structure.spatialCount)
    }

    func keepLane(at index: Int) { lanes[index].keep() }

    func removeLanes(where isOver: (Lane) -> Bool) {
        if lanes.contains(where: isOver) { lanes.removeAll(where: isOver) }
    }

    /// Copies the packets that wait as `view` gives them.
    func makeViews(_ view: (borrowing StoredPacket) -> StoredPacket?) -> [PendingPacket] {
        unsafe viewed.removeAll(keepingCapacity: true)
        var storage: UnsafeMutableBufferPointer<StoredPacket>
        let needed = unsafe pending.count
        if let known = unsafe views, known.count >= needed {
            unsafe storage = known
        } else {
            unsafe views?.deallocate()
            let capacity = max(FrameHold.maximumPackets, 2 * needed)
            unsafe storage = .allocate(capacity: capacity)
            unsafe views = storage
        }
        for index in unsafe pending.indices {
            let entry = unsafe pending[index]
            guard let packet = unsafe view(entry.packet.pointee) else { continue }
            let place = unsafe storage.baseAddress.unsafelyUnwrapped + viewed.count
            unsafe place.initialize(to: packet)
            unsafe viewed.append(PendingPacket(encoding: id, packet: place, payload: entry.payload))
        }
        return unsafe viewed
    }

    /// Has those who are sent the same lane lie next to each other.
    ///
    /// - Parameter lane: what a subscriber is sent; everything where that is another encoding.
    func groupSubscribers(by lane: (Subscriber) -> DecodeTarget) {
        let isSimple = subscribers.allSatisfy { lane($0).isEverything }
        guard !isSimple else {
            if groups.count != 1 || !groups[0].lane.isEverything { groups = [LaneGroup(lane: .everything, first: 0)] }
            return
        }
        // Stable: others keep their order.
        let sorted = subscribers.enumerated().map { (lane($1), $0, $1) }
            .sorted { ($0.0.rawValue, $0.1) < ($1.0.rawValue, $1.1) }
        subscribers = sorted.map(\.2)
        groups.removeAll(keepingCapacity: true)
        for (place, entry) in sorted.enumerated() where groups.last?.lane != entry.0 {
            groups.append(LaneGroup(lane: entry.0, first: place))
        }
    }

    func addLane(_ target: DecodeTarget) -> UInt32 {
        nextLaneID &+= 1
        let oldest = max(0, buffer.highest &- Int64(buffer.capacity) &+ 1)
        var lane = Lane(target: target, id: nextLaneID, capacity: buffer.capacity, next: oldest)
        var sequence = oldest
        while sequence <= buffer.highest {
            if let packet = unsafe buffer.find(sequence) {
                unsafe lane.note(packet.pointee, spatialCount: layers.structure.spatialCount)
            }
            sequence &+= 1
        }
        lane.keep()
        lanes.append(lane)
        return nextLaneID
    }

    // MARK: - State

    /// Whether a viewer can begin with a packet of H.264 that says so. A slice of an IDR picture does not suffice where the encoder
    /// sends parameter sets with its keyframes and this one's have not come: without them nothing is decoded.
    package func canBegin(with payload: H264Payload, at timestamp: UInt32) -> Bool {
        if payload.hasSequenceParameterSet {
            let isNewer = parameterSets.map { Int32(bitPattern: timestamp &- $0) > 0 } ?? true
            if isNewer { parameterSets = timestamp }
            return true
        }
        return parameterSets.map { $0 == timestamp } ?? true
    }

    /// Resets the state that depends on the packets before; called when the gate closes.
    package func interrupt() {
        missing.reset()
        cache.reset()
        keyframes = KeyframeThrottle()
        clock = PublisherClock()
        activity = SourceActivity()
    }

    /// Whether the encoding's pictures are larger than another's: by their sizes where both are known, else by rates that are
    /// far enough apart. Never by the order of RIDs: OBS names the largest `0`, Unity lists `h`, `m`, `l`.
    package func isLarger(than other: PublishedEncoding) -> Bool {
        if let size = pictureSize, let otherSize = other.pictureSize, size.area != otherSize.area {
            return size.area > otherSize.area
        }
        guard let rate = rate.value, let otherRate = other.rate.value else { return false }
        // Neighbouring layers differ by a factor of 2 and more; what comes and goes with the picture's content is less.
        return rate.bitsPerSecond / 3 > otherRate.bitsPerSecond / 2
    }
}

/// Where in an encoding's list those subscribers begin who are sent a lane. They end where the next group begins.
package struct LaneGroup: Hashable, Sendable {
    package let lane: DecodeTarget
    package let first: Int
}

extension PictureSize {
    /// Samples of the picture.
    fileprivate var area: Int { Int(width) &* Int(height) }
}
