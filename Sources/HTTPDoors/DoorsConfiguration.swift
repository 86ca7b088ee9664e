import Admission

/// How the doors are set up. Every value has a default; `validate()` lists what is wrong, all at once.
package struct DoorsConfiguration: Sendable {
    /// Both doors are open without a token, for any room.
    package var isDevelopment = false
    /// Sessions of both doors at once; more get status 503.
    package var maximumSessions = 10_000
    /// Octets of an offer; more get status 413.
    package var maximumOfferOctets = 192 * 1_024
    /// Octets of a PATCH's fragment; more get status 413.
    package var maximumFragmentOctets = 64 * 1_024
    /// Offers a second that are looked at, all clients together, and as many at once as four seconds bring; more get
    /// status 429 (RFC 9725 section 5).
    package var offersPerSecond = 250
    /// PATCHes a second of one session, and as many at once as four seconds bring; more get status 429.
    package var patchesPerSecond = 10
    /// How long a client that is turned away for now is asked to wait.
    package var retryAfter: Duration = .seconds(5)
    /// Told to clients in `Link` fields (RFC 9725 section 4.6), with credentials of their own.
    package var iceServers = ICEServers()

    package init() {}

    /// What is wrong with these values, each a sentence that says what to change; empty if nothing is.
    package func validate() -> [String] {
        var problems: [String] = []
        let counts: [(String, Int, ClosedRange<Int>)] = [
            ("maximumSessions", maximumSessions, 1...1_000_000),
            ("maximumOfferOctets", maximumOfferOctets, 4_096...256 * 1_024),
            ("maximumFragmentOctets", maximumFragmentOctets, 1_024...64 * 1_024),
            ("offersPerSecond", offersPerSecond, 1...100_000),
            ("patchesPerSecond", patchesPerSecond, 1...1_000),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            problems.append("\(name) is \(value), but must be \(range.lowerBound) to \(range.upperBound)")
        }
        if retryAfter < .seconds(1) { problems.append("retryAfter is \(retryAfter), but must be a second or more") }
        problems += iceServers.validate()
        return problems
    }
}
