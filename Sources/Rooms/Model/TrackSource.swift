import RTP

/// What a published track shows or plays. A participant publishes each source at most once.
package enum TrackSource: String, Hashable, Sendable, CaseIterable {
    case microphone
    case camera
    case screen
    case screenAudio

    /// Whether the source is heard or seen.
    package var kind: MediaKind {
        switch self {
        case .microphone, .screenAudio: .audio
        case .camera, .screen: .video
        }
    }

    /// The source's part of a CSRC: its lower four bits, never 0.
    var csrcBits: UInt32 {
        switch self {
        case .microphone: 1
        case .camera: 2
        case .screen: 3
        case .screenAudio: 4
        }
    }
}
