/// The replay windows of one peer's SSRCs. An SSRC gets a window with its first authentic packet, so that only the peer
/// itself can fill the table.
///
/// No SSRC is forgotten while the key is in use. An SSRC that loses its window to another keeps its newest index, and
/// everything up to it counts as seen. So no packet is accepted twice, however often SSRCs change.
struct ReplayTable {
    // Separate from the windows, so that a look-up reads one short range of memory.
    private var ssrcs: [UInt32] = []
    private var streams: [Stream] = []
    /// SSRCs without a window; `silentNewest` has the newest index of each.
    private var silentSSRCs: [UInt32] = []
    private var silentNewest: [UInt64] = []
    private var packets: UInt64 = 0

    private struct Stream {
        var window: ReplayWindow
        /// The number, among this peer's packets, of the last one with the SSRC.
        var lastPacket: UInt64
    }

    /// The number of SSRCs with a window.
    var count: Int { ssrcs.count }

    /// The position of an SSRC beyond the limits; all its packets are refused.
    private static let noCapacity = Int.max

    /// The position of `ssrc`, for the functions below, until the next ``note(_:ssrc:at:)``; `nil` for a new one.
    func position(of ssrc: UInt32) -> Int? {
        if let position = ssrcs.firstIndex(of: ssrc) { return position }
        guard !silentSSRCs.isEmpty else { return nil }
        if let silent = silentSSRCs.firstIndex(of: ssrc) { return SRTPLimits.maximumStreams &+ silent }
        return silentSSRCs.count < SRTPLimits.maximumSilentStreams ? nil : Self.noCapacity
    }

    /// The newest authentic index.
    func newest(at position: Int) -> UInt64 {
        if position < SRTPLimits.maximumStreams { return streams[position].window.newest }
        return position == Self.noCapacity
            ? SRTPLimits.maximumRTPIndex : silentNewest[position &- SRTPLimits.maximumStreams]
    }

    /// Whether `index` was seen, or is older than the window.
    func refuses(_ index: UInt64, at position: Int) -> Bool {
        if position < SRTPLimits.maximumStreams { return streams[position].window.refuses(index) }
        return position == Self.noCapacity || index <= silentNewest[position &- SRTPLimits.maximumStreams]
    }

    /// Records an authentic packet that was not refused; `position` is that of `ssrc`, `nil` for a new one.
    ///
    /// In a full table the new SSRC replaces the one that was silent for longest.
    mutating func noteReceived(_ index: UInt64, ssrc: UInt32, at position: Int?) {
        packets &+= 1
        guard let position else {
            return insert(ssrc, Stream(window: ReplayWindow(first: index), lastPacket: packets))
        }
        guard position >= SRTPLimits.maximumStreams else {
            streams[position].window.noteReceived(index)
            streams[position].lastPacket = packets
            return
        }
        let silent = position &- SRTPLimits.maximumStreams
        guard silentSSRCs.indices.contains(silent) else { return }
        var stream = Stream(window: ReplayWindow(seenUpTo: silentNewest[silent]), lastPacket: packets)
        stream.window.noteReceived(index)
        silentSSRCs.remove(at: silent)
        silentNewest.remove(at: silent)
        insert(ssrc, stream)
    }

    private mutating func insert(_ ssrc: UInt32, _ stream: Stream) {
        if count < SRTPLimits.maximumStreams {
            ssrcs.append(ssrc)
            streams.append(stream)
        } else if let silent = streams.indices.min(by: { streams[$0].lastPacket < streams[$1].lastPacket }) {
            silentSSRCs.append(ssrcs[silent])
            silentNewest.append(streams[silent].window.newest)
            ssrcs[silent] = ssrc
            streams[silent] = stream
        }
    }
}
