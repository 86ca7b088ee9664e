/// The replay windows of one peer's SSRCs. An SSRC gets one when its first packet was authenticated, so that only the
/// peer itself can fill the table.
struct ReplayTable {
    // Apart from the windows: a look-up reads this one short run of memory.
    private var ssrcs: [UInt32] = []
    private var streams: [Stream] = []
    private var packets: UInt64 = 0

    private struct Stream {
        var window: ReplayWindow
        /// Which packet of this peer was the last with the SSRC.
        var lastPacket: UInt64
    }

    /// How many SSRCs there is state for.
    var count: Int { ssrcs.count }

    /// The position of `ssrc`, for the functions below, until the next ``note(_:ssrc:at:)``.
    func position(of ssrc: UInt32) -> Int? { ssrcs.firstIndex(of: ssrc) }

    /// The newest genuine index.
    func newest(at position: Int) -> UInt64 { streams[position].window.newest }

    /// Whether `index` was seen, or is too old to tell.
    func refuses(_ index: UInt64, at position: Int) -> Bool { streams[position].window.refuses(index) }

    /// Notes a genuine packet; `position` is that of `ssrc`, `nil` for a new one.
    ///
    /// A full table forgets the SSRC that was silent for longest.
    mutating func note(_ index: UInt64, ssrc: UInt32, at position: Int?) {
        packets &+= 1
        if let position {
            streams[position].window.note(index)
            streams[position].lastPacket = packets
            return
        }
        let stream = Stream(window: ReplayWindow(first: index), lastPacket: packets)
        if count < SRTPLimits.maximumStreams {
            ssrcs.append(ssrc)
            streams.append(stream)
        } else if let silent = streams.indices.min(by: { streams[$0].lastPacket < streams[$1].lastPacket }) {
            ssrcs[silent] = ssrc
            streams[silent] = stream
        }
    }

    /// Forgets `ssrc`: what comes of it next begins with roll-over counter 0, and nothing counts as seen.
    mutating func remove(ssrc: UInt32) {
        guard let position = position(of: ssrc) else { return }
        ssrcs.remove(at: position)
        streams.remove(at: position)
    }
}
