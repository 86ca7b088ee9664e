import Client
import Primitives
import RTP
import TestMedia

/// Measures what one slot of one viewer receives: packets, latency, pictures, freezes.
struct SlotMeter {
    /// Pictures that may be incomplete at once; older ones are given up.
    static let maximumFrames = 64
    /// How long a picture may stay incomplete.
    static let framePatience = Duration.seconds(2)
    /// The least gap between pictures that is a freeze, besides three frame times.
    static let freezeFloor = Duration.milliseconds(150)

    /// What was sent so long before the slot's first packet came is caught up on: its age is no latency.
    static let caughtUpAge = Duration.milliseconds(100)

    /// The result of a packet for its viewer.
    struct Outcome {
        /// Pictures that can be shown now, of these sources, and the arrival of their first and last packets.
        var shown: [(source: UInt32, first: MonotonicInstant, complete: MonotonicInstant)] = []
        /// From the wish for an encoding to its first picture, where that has come.
        var layerTime: Duration?
    }

    let kind: MediaKind
    let freezeGap: Duration
    var figures = StreamFigures()
    /// Present where this viewer's pictures are decoded.
    var check: PictureCheck?
    /// Figures are counted from then on; before it only states are kept.
    var isCounting = false

    private var frames: [ReceivedFrame] = []
    /// When the slot's first packet came.
    private var firstArrival: MonotonicInstant?
    /// The end of the last picture that could be shown, and when that was.
    private var shownSequence: Int64?
    private var lastShown: (at: MonotonicInstant, source: UInt32, layer: SourceLayer?)?
    /// The encoding that the viewer's tile is as large as, and since when; until its first picture.
    private var wanted: (encoding: Int, since: MonotonicInstant)?
    /// The source and the distance of its packet numbers from the slot's sequence numbers, by the last mark.
    private var calibration: (source: UInt32, distance: Int64)?

    init(kind: MediaKind, framesPerSecond: Int, check: PictureCheck? = nil) {
        self.kind = kind
        self.check = check
        freezeGap = max(.nanoseconds(3_000_000_000 / Int64(max(framesPerSecond, 1))), Self.freezeFloor)
    }

    /// Takes one packet of media that is new to the slot.
    mutating func take(
        _ media: IncomingMedia, _ payload: Span<UInt8>, arrival: MonotonicInstant, ledger: SendLedger
    ) -> Outcome {
        if firstArrival == nil { firstArrival = arrival }
        if isCounting {
            figures.packets += media.isRetransmission ? 0 : 1
            figures.octets += Int64(payload.count)
        }
        switch kind {
        case .audio:
            takeSound(media, payload, arrival, ledger)
            return Outcome()
        case .video: return takePicture(media, payload, arrival, ledger)
        }
    }

    private mutating func takeSound(
        _ media: IncomingMedia, _ payload: Span<UInt8>, _ arrival: MonotonicInstant, _ ledger: SendLedger
    ) {
        if media.isOpened, let mark = MediaMark(endOf: payload) { calibrate(mark, media.sequence) }
        noteLatency(media.sequence, arrival, ledger)
    }

    private mutating func calibrate(_ mark: MediaMark, _ sequence: Int64) {
        calibration = (mark.source, Int64(mark.packet) - sequence)
    }

    private mutating func noteLatency(_ sequence: Int64, _ arrival: MonotonicInstant, _ ledger: SendLedger) {
        guard isCounting else { return }
        guard let calibration, let packet = UInt32(exactly: sequence + calibration.distance),
            let sent = ledger.time(source: calibration.source, packet: packet)
        else { return figures.unrecognised += 1 }
        if let firstArrival, firstArrival - sent > Self.caughtUpAge { return }
        figures.latency.note(arrival - sent)
    }

    private mutating func takePicture(
        _ media: IncomingMedia, _ payload: Span<UInt8>, _ arrival: MonotonicInstant, _ ledger: SendLedger
    ) -> Outcome {
        let index = frameIndex(media, now: arrival, ledger)
        let copy = check == nil ? [] : (0..<payload.count).map { payload[$0] }
        frames[index].packets.append(.init(sequence: media.sequence, arrival: arrival, payload: copy))
        if media.isMarked, media.isOpened, let mark = MediaMark(endOf: payload) {
            frames[index].mark = mark
            frames[index].markSequence = media.sequence
        }
        guard frames[index].isComplete else { return Outcome() }
        return show(now: arrival, ledger)
    }

    /// The picture of this packet, begun where there is none; gives up what has waited for too long.
    ///
    /// Pictures are kept in the order of their packets: one whose first packet to come was sent again is older than those that
    /// wait for it.
    private mutating func frameIndex(_ media: IncomingMedia, now: MonotonicInstant, _ ledger: SendLedger) -> Int {
        if let index = frames.lastIndex(where: { $0.timestamp == media.timestamp }) { return index }
        while let oldest = frames.first,
            frames.count >= Self.maximumFrames || now - oldest.firstArrival > Self.framePatience
        {
            giveUp(oldest, ledger)
            frames.removeFirst()
        }
        let index = frames.lastIndex { ($0.packets.first?.sequence ?? .min) < media.sequence }.map { $0 + 1 } ?? 0
        frames.insert(ReceivedFrame(timestamp: media.timestamp), at: index)
        return index
    }

    private mutating func giveUp(_ frame: ReceivedFrame, _ ledger: SendLedger) {
        settle(frame, ledger)
        guard isCounting else { return }
        if frame.isComplete {
            figures.framesComplete += 1
            figures.framesUndecodable += 1
        } else {
            figures.framesIncomplete += 1
        }
    }

    /// Counts the latency of a picture's packets.
    private mutating func settle(_ frame: ReceivedFrame, _ ledger: SendLedger) {
        if let mark = frame.mark { calibrate(mark, frame.markSequence) }
        for packet in frame.packets { noteLatency(packet.sequence, packet.arrival, ledger) }
    }

    /// Marks frames as shown: complete frames without a gap to the previous one, and complete keyframes.
    private mutating func show(now: MonotonicInstant, _ ledger: SendLedger) -> Outcome {
        var outcome = Outcome()
        while let index = nextToShow() {
            for skipped in frames[..<index] { giveUp(skipped, ledger) }
            let frame = frames[index]
            frames.removeSubrange(...index)
            settle(frame, ledger)
            shownSequence = frame.markSequence
            noteShown(frame, at: now, ledger, &outcome)
            if let mark = frame.mark { outcome.shown.append((mark.source, frame.firstArrival, frame.lastArrival)) }
        }
        return outcome
    }

    private func nextToShow() -> Int? {
        frames.firstIndex { frame in
            frame.isComplete && (frame.isKeyframe || shownSequence.map { frame.firstSequence == $0 + 1 } ?? false)
        }
    }

    /// The viewer's tile is from now on as large as this encoding.
    mutating func expect(encoding: Int, now: MonotonicInstant) {
        wanted = lastShown?.layer?.encoding == encoding ? nil : (encoding, now)
    }

    private mutating func noteLayer(
        _ layer: SourceLayer?, at now: MonotonicInstant, _ outcome: inout Outcome
    ) {
        guard let layer else { return }
        if let before = lastShown?.layer, before.publisher == layer.publisher, before != layer, isCounting {
            figures.layerSwitches += 1
        }
        guard let wanted, wanted.encoding == layer.encoding else { return }
        if isCounting { outcome.layerTime = now - wanted.since }
        self.wanted = nil
    }

    private mutating func noteShown(
        _ frame: ReceivedFrame, at now: MonotonicInstant, _ ledger: SendLedger, _ outcome: inout Outcome
    ) {
        let layer = frame.mark.flatMap { ledger.layer(of: $0.source) }
        noteLayer(layer, at: now, &outcome)
        if let check, isCounting || frame.isKeyframe || lastShown != nil {
            let outcome = check.check(frame)
            if isCounting {
                switch outcome {
                case .right: figures.framesDecoded += 1
                case .wrong: figures.framesWrong += 1
                case .notDecoded: figures.framesNotDecoded += 1
                }
            }
        }
        if isCounting {
            figures.framesComplete += 1
            if frame.isKeyframe { figures.keyframes += 1 }
            if let layer { figures.framesOfEncoding[layer.encoding] += 1 }
            // Where another takes the slot, nothing was frozen; another encoding of the same picture is no other.
            if let lastShown, lastShown.source == frame.mark?.source || isSamePublisher(lastShown.layer, layer),
                now - lastShown.at > freezeGap
            {
                figures.freezes += 1
                figures.frozen += now - lastShown.at
            }
        }
        lastShown = (now, frame.mark?.source ?? 0, layer)
    }

    private func isSamePublisher(_ a: SourceLayer?, _ b: SourceLayer?) -> Bool {
        a.map { $0.publisher == b?.publisher } ?? false
    }

    /// Counts a picture that does not come any more at the end of the run as a freeze.
    mutating func finish(now: MonotonicInstant, isAlive: (UInt32) -> Bool) {
        guard isCounting, let lastShown, now - lastShown.at > freezeGap, isAlive(lastShown.source) else { return }
        figures.freezes += 1
        figures.frozen += now - lastShown.at
    }
}
