import Primitives

/// How the RTP clocks of a track's encodings lie to each other, so that a picture has one time whichever encoding shows it.
///
/// Browsers give each SSRC a timestamp offset of its own, and all encodings of one picture the same capture time: the clocks differ
/// by a constant. Sender reports tell it to a millisecond; the same picture's timestamps in both encodings then tell it exactly.
/// Before the first reports, pictures that arrive together are taken for the same. The time itself belongs to no encoding, so none is
/// missed when it stops.
package struct PictureTimeline: Sendable {
    /// An encoding that was silent for longer may have started its clock anew.
    package static let silence = Duration.seconds(1)
    /// A timestamp further from the time of arrival than this, against the picture before, is a new clock. In nanoseconds.
    package static let jump: Int64 = 400_000_000
    /// Pictures whose times differ by no more are the same picture, in ticks: sender reports are off by a millisecond, and pictures
    /// are further apart.
    package static let tolerance: UInt32 = 200
    /// Pictures of two encodings that arrive within this time may be the same.
    package static let pairing = Duration.milliseconds(20)
    /// So many pairs in a row must have the same difference.
    package static let pairs = 3

    /// How well an encoding's clock is known.
    private enum Precision: Sendable {
        case unknown
        /// By pictures that arrived together. -> reported or exact with sender reports of both
        case paired
        /// By sender reports. -> exact when a picture is found in another encoding
        case reported
        case exact
    }

    private struct Picture: Sendable {
        var timestamp: UInt32 = 0
        var arrival = MonotonicInstant.zero
    }

    private struct Line: Sendable {
        var source = EncodingID.none
        var precision = Precision.unknown
        /// Ticks from the encoding's clock to the track's.
        var offset: UInt32 = 0
        /// The last pictures, in a ring.
        var recent = InlineArray<16, Picture>(repeating: Picture())
        var count = 0
        /// The last pair's difference, and how often in a row it was found.
        var difference: UInt32 = 0
        var repeated = 0

        /// Whether its pictures' times equal those of other encodings.
        var fitsPictures: Bool {
            switch precision {
            case .paired, .exact: true
            case .unknown, .reported: false
            }
        }

        var newest: Picture { recent[(count &- 1) & 15] }

        mutating func append(_ picture: Picture) {
            recent[count & 15] = picture
            count &+= 1
        }

        mutating func forget() {
            precision = .unknown
            count = 0
            repeated = 0
        }
    }

    /// By `EncodingIndex`.
    private var lines: [Line] = []

    package init() {}

    /// Forgets all clocks; called when the gate closes.
    mutating func reset() { lines.removeAll(keepingCapacity: true) }

    /// Ticks from one source's clock to another's of the same track; `nil` while either is unknown.
    package func distance(from source: EncodingID, to other: EncodingID) -> UInt32? {
        guard let here = lines.first(where: { $0.source == source }), here.precision != .unknown,
            let there = lines.first(where: { $0.source == other }), there.precision != .unknown
        else { return nil }
        return here.offset &- there.offset
    }

    /// Takes note of a packet that is newer than all before of its encoding.
    mutating func note(
        _ place: Int, of encodings: [PublishedEncoding], timestamp: UInt32, at now: MonotonicInstant
    ) {
        while lines.count < encodings.count { lines.append(Line()) }
        let picture = Picture(timestamp: timestamp, arrival: now)
        if lines[place].source != encodings[place].id {
            lines[place] = Line()
            lines[place].source = encodings[place].id
        } else if lines[place].count > 0 {
            guard timestamp != lines[place].newest.timestamp else { return }
            follow(place, of: encodings, to: picture)
        }
        lines[place].append(picture)
        guard lines.contains(where: { !$0.fitsPictures }) else { return }
        if lines[place].precision == .unknown { begin(place, of: encodings, at: now) }
        for other in lines.indices where other != place && lines[other].count > 0 { compare(place, other) }
    }

    /// Forgets the clock where it may have started anew: after a silence, or where timestamp and arrival disagree.
    private mutating func follow(_ place: Int, of encodings: [PublishedEncoding], to picture: Picture) {
        let last = lines[place].newest
        let step = Int64(Int32(bitPattern: picture.timestamp &- last.timestamp))
        let told = step * 1_000_000_000 / Int64(encodings[place].clockRate)
        let passed = picture.arrival.nanoseconds &- last.arrival.nanoseconds
        let hasJumped = (passed &- told).magnitude > UInt64(Self.jump)
        if hasJumped || passed > Self.silence.wholeNanoseconds { lines[place].forget() }
    }

    /// Finds out where an unknown clock lies by sender reports; the first of all begins the track's time.
    private mutating func begin(_ place: Int, of encodings: [PublishedEncoding], at now: MonotonicInstant) {
        let isAlone = !lines.indices.contains {
            $0 != place && lines[$0].precision != .unknown && lines[$0].count > 0
                && now - lines[$0].newest.arrival <= Self.silence
        }
        guard isAlone else { return report(place, of: encodings) }
        for other in lines.indices { lines[other].precision = .unknown }
        lines[place].offset = 0
        lines[place].precision = .exact
    }

    /// Takes note of a sender report of an encoding: clocks that are not known exactly are looked for anew.
    package mutating func noteReport(of encodings: [PublishedEncoding]) {
        for place in lines.indices.prefix(encodings.count)
        where lines[place].precision != .exact && lines[place].count > 0 { report(place, of: encodings) }
    }

    /// Places a clock by the reports of its encoding and of one whose clock is exact.
    private mutating func report(_ place: Int, of encodings: [PublishedEncoding]) {
        let clockRate = Int64(encodings[place].clockRate)
        guard let point = point(of: place, encodings),
            let other = lines.indices.first(where: {
                $0 != place && lines[$0].precision == .exact && self.point(of: $0, encodings) != nil
            }), let reference = self.point(of: other, encodings)
        else { return }
        let elapsed = point.remote &- reference.remote
        guard elapsed.magnitude < PublisherClock.longestExtrapolation else { return }
        let ticks = UInt32(truncatingIfNeeded: elapsed * clockRate / 1_000_000_000)
        lines[place].offset = lines[other].offset &+ reference.timestamp &+ ticks &- point.timestamp
        lines[place].precision = .reported
        snap(place, to: other)
    }

    /// What the last report tells of an encoding's clock, where that is not another since.
    private func point(of place: Int, _ encodings: [PublishedEncoding]) -> PublisherClock.Point? {
        let newest = lines[place].newest
        let encoding = encodings[place]
        guard lines[place].count > 0,
            encoding.clock.agrees(
                with: newest.timestamp, arrivedAt: newest.arrival, clockRate: encoding.clockRate)
        else { return nil }
        return encoding.clock.point
    }

    /// Compares the newest picture of one encoding with those of another, where one of the clocks fits pictures and the other does
    /// not yet.
    private mutating func compare(_ place: Int, _ other: Int) {
        let isKnown = lines[place].fitsPictures
        guard isKnown != lines[other].fitsPictures else { return }
        let (uncertain, known) = isKnown ? (other, place) : (place, other)
        if lines[uncertain].precision == .reported {
            snap(uncertain, to: known)
        } else {
            pair(uncertain, with: known)
        }
    }

    /// Makes a reported clock exact by a picture that both encodings have.
    private mutating func snap(_ place: Int, to exact: Int) {
        for own in 0..<min(lines[place].count, 16) {
            let time = lines[place].recent[own].timestamp &+ lines[place].offset
            for their in 0..<min(lines[exact].count, 16) {
                let error = lines[exact].recent[their].timestamp &+ lines[exact].offset &- time
                guard Int32(bitPattern: error).magnitude <= Self.tolerance else { continue }
                lines[place].offset &+= error
                lines[place].precision = .exact
                return
            }
        }
    }

    /// Takes the newest pictures of both for the same where they arrived together, and believes what holds several times.
    private mutating func pair(_ place: Int, with exact: Int) {
        let own = lines[place].newest
        let their = lines[exact].newest
        let apart = (own.arrival.nanoseconds &- their.arrival.nanoseconds).magnitude
        guard apart <= UInt64(Self.pairing.wholeNanoseconds) else { return }
        let difference = their.timestamp &+ lines[exact].offset &- own.timestamp
        lines[place].repeated = difference == lines[place].difference ? lines[place].repeated &+ 1 : 1
        lines[place].difference = difference
        guard lines[place].repeated >= Self.pairs else { return }
        lines[place].offset = difference
        lines[place].precision = .paired
    }
}
