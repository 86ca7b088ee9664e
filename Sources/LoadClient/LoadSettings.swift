import TestMedia

/// The settings of a run.
package struct LoadSettings: Sendable {
    /// Ways into servers.
    package enum DoorKind: String, Sendable, CaseIterable {
        /// Forestage's WebSocket.
        case ws
        /// WHIP and WHEP of any server.
        case whip
        /// Janus' videoroom over its WebSocket interface.
        case janus
    }

    package var url = "http://127.0.0.1:8080"
    package var door = DoorKind.ws
    package var token: String?
    /// Rooms; each gets `publishers` and `viewers`.
    package var rooms = 1
    package var roomName = "load"
    package var publishers = 1
    package var viewers = 1
    package var media = MediaClip.Settings()
    /// How many times the bitrate a picture's packets leave at, as browsers pace; 0: all at once.
    package var pacing = 50.0
    package var duration = Duration.seconds(10)
    /// Between the last join and the beginning of counting.
    package var warmUp = Duration.seconds(2)
    package var joinsPerSecond = 50.0
    /// Viewers that leave and are replaced by others, per second.
    package var churn = 0.0
    /// Viewers brought on stage, per second; each leaves it again after `stageTime`.
    package var promotions = 0.0
    package var stageTime = Duration.seconds(2)
    /// With simulcast, how long each viewer's tile has the size of one encoding, before it has that of the next.
    package var tileTime = Duration.seconds(3)
    /// Viewers whose pictures are decoded.
    package var decoded = 2
    /// Counts packets without decrypting more than is needed to recognise them.
    package var countsOnly = false
    package var sendsNACK = true
    /// The links of viewers, which have them in turn; none: the network's own.
    package var links: [ViewerLink.Settings] = []
    package var serverPID: Int32?
    package var publishPath = "/whip/{room}"
    package var viewPath = "/whep/{room}"

    package init() {}

    /// The problems of the settings, one sentence each.
    package func validate() -> [String] {
        var problems: [String] = []
        let counts: [(String, Int, ClosedRange<Int>)] = [
            ("--rooms", rooms, 1...1_000), ("--publishers", publishers, 0...100), ("--viewers", viewers, 0...20_000),
            ("--fps", media.framesPerSecond, 1...120), ("--bitrate", media.kilobitsPerSecond, 50...50_000),
            ("--decode", decoded, 0...1_000),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            problems.append("\(name) is \(value), but must be \(range.lowerBound) to \(range.upperBound)")
        }
        if tileTime < .milliseconds(100) { problems.append("--tile-time must be at least 0.1 s") }
        if joinsPerSecond <= 0 { problems.append("--joins must be more than 0 per second") }
        if churn < 0 || promotions < 0 || pacing < 0 { problems.append("rates cannot be negative") }
        if promotions > 0, door != .ws {
            problems.append("--promote needs --door ws: only there can people be promoted")
        }
        if promotions > 0, viewers < 2 {
            problems.append("--promote needs two viewers: one comes on stage, one watches")
        }
        if media.encodings > 1, door == .janus { problems.append("--simulcast is not made for --door janus") }
        if !links.isEmpty, viewers == 0 { problems.append("--link is for viewers: give --viewers") }
        if media.format.width * media.format.height > 1_920 * 1_080 { problems.append("--size is at most 1920x1080") }
        return problems
    }

    /// People on stage at once through promotions.
    var promotedAtOnce: Int {
        promotions > 0 ? min(Int((promotions * (stageTime.inSecondsRoughly + 0.5)).rounded(.up)), 8) : 0
    }
}

extension Duration {
    fileprivate var inSecondsRoughly: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
