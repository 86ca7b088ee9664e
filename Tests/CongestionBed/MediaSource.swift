import Primitives

/// What a flow would send.
package struct MediaSource: Sendable {
    package enum Video: Sendable {
        /// Follows the estimate between two rates, in kbit/s, as RFC 8867 section 4.3 has it.
        case following(ClosedRange<Double>)
        /// A share of the link's capacity, whatever is estimated, in kbit/s.
        case constant(Double)
        /// A slot per priority, each with one of these rates, in kbit/s, as the allocator chooses: simulcast publishers.
        case ladder([Double], priorities: [UInt8])
        case none
    }

    package var video: Video
    /// In kbit/s.
    package var audio: Double
    package var framesPerSecond: Double
    /// Frames vary by this part of their size.
    package var variation: Double
    /// Every so many seconds a frame is larger by a factor.
    package var keyframes: (every: Double, factor: Double)?

    package init(
        _ video: Video, audio: Double = 20, framesPerSecond: Double = 30, variation: Double = 0.25,
        keyframes: (every: Double, factor: Double)? = nil
    ) {
        self.video = video
        self.audio = audio
        self.framesPerSecond = framesPerSecond
        self.variation = variation
        self.keyframes = keyframes
    }
}
