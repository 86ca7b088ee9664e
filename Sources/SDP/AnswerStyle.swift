/// What an answer states beyond the lines that every client gets.
package struct AnswerStyle: Hashable, Sendable {
    /// Whether each media section says `a=rtcp-mux-only` (RFC 8858) beside `a=rtcp-mux`, as RFC 9725 section 4.4.1 asks of
    /// WHIP.
    package var statesRTCPMuxOnly: Bool

    package init(statesRTCPMuxOnly: Bool) { self.statesRTCPMuxOnly = statesRTCPMuxOnly }

    /// For browsers and everybody else who negotiates by signaling.
    package static let plain = AnswerStyle(statesRTCPMuxOnly: false)
    /// For WHIP and WHEP.
    package static let whip = AnswerStyle(statesRTCPMuxOnly: true)
}
