import Primitives

/// The server's side of ICE: an agent that answers checks and sends none (RFC 8445 sections 2.5 and 7.3).
///
/// The peer is a full agent and controls: its checks validate paths, its nominations select one, and its consent checks
/// (RFC 7675) keep the connection. Everything comes in as datagrams and `now`; the caller sends the answers and wakes
/// the agent at `nextTimeout`.
package struct ICELiteAgent: Sendable {
    /// The times and numbers that bound an agent.
    package struct Limits: Hashable, Sendable {
        /// How long a peer may take until a path is selected, from the agent's making or from a restart.
        package var connectTimeout: Duration = .seconds(30)
        /// How long media may be sent after the last valid check on the selected path (RFC 7675 section 5.1).
        package var consentTimeout: Duration = .seconds(30)
        /// After this long without a check or media on the selected path, a valid check from elsewhere moves it even
        /// without nomination.
        ///
        /// Chromium nominates with every check on its path, every 2.5 s or oftener, so it hardly needs this; Firefox
        /// nominates once and then sends bare consent checks every 4 to 6 s, so that after a change of its NAT's
        /// mapping nothing else tells.
        package var silenceBeforeMove: Duration = .seconds(3)
        /// How many validated paths are kept; a browser with several interfaces checks each against each of ours.
        package var validatedPaths = 16

        package init() {}
    }

    /// What is to be done after a datagram.
    package enum OnDatagram: Hashable, Sendable {
        /// Send the response back on the path that the request came on.
        case answer
        /// The same, and the request selected its path: `changed` tells whether another one, or none, was selected
        /// before.
        case answerSelecting(changed: Bool)
        case drop(ICEDropReason)
    }

    /// What has ended at a timeout.
    package enum OnTimeout: Hashable, Sendable {
        case none
        /// No path was selected in time. The agent has ended.
        case connectTimeout
        /// No valid check came on the selected path in time: nothing may be sent any more. The agent has ended.
        case consentExpired
    }

    /// The path that media takes.
    struct Selection: Sendable {
        var path: NetworkPath
        /// The last valid check on the path: consent counts from here.
        var lastCheck: MonotonicInstant
    }

    enum State: Sendable {
        /// No path is selected. A nomination -> connected; the time runs out -> ended.
        case connecting(until: MonotonicInstant)
        /// A path is selected. A restart -> restarting; consent runs out -> ended.
        case connected(Selection)
        /// New credentials, and media still on the path that the previous ones selected. A nomination with the new ones
        /// -> connected; the old path's consent runs out -> connecting; the time runs out -> ended.
        case restarting(Selection, previous: ShortTermCredential, until: MonotonicInstant)
        /// Nothing is answered any more.
        case ended
    }

    /// This end's credentials: checks must bear them.
    package private(set) var local: ICECredentials
    /// The peer's credentials. A lite agent sends no checks; they tell whether a further offer is a restart.
    package private(set) var remote: ICECredentials
    package let limits: Limits

    var state: State
    var credential: ShortTermCredential
    var validated: ValidatedPaths
    /// The last authenticated packet on the selected path; beside the state, for it is written per packet.
    var lastMedia: MonotonicInstant

    package init(local: ICECredentials, remote: ICECredentials, now: MonotonicInstant, limits: Limits = Limits()) {
        self.local = local
        self.remote = remote
        self.limits = limits
        credential = ShortTermCredential(local)
        validated = ValidatedPaths(limit: limits.validatedPaths)
        lastMedia = now
        state = .connecting(until: now + limits.connectTimeout)
    }

    /// The one path that media comes from and goes to; `nil` before the first nomination and after the end.
    package var selectedPath: NetworkPath? {
        switch state {
        case .connected(let selection), .restarting(let selection, previous: _, until: _): selection.path
        case .connecting, .ended: nil
        }
    }

    /// Whether a valid check has come on `path`: DTLS is taken from, and answered to, such paths only.
    package func isValidated(_ path: NetworkPath) -> Bool { validated.contains(path) }

    /// Every path that a valid check came on and that is still kept.
    package var validatedPaths: [NetworkPath] { validated.paths }

    /// Notes an authenticated packet (SRTP that was opened, not merely received) on the selected path. It renews no
    /// consent; it only tells that the path is not silent.
    package mutating func noteMedia(now: MonotonicInstant) { lastMedia = now }

    /// ICE restart (RFC 8445 section 9): from now on checks with the new credentials count. The selected path keeps
    /// carrying media, and the previous credentials keep its consent, until a check with the new ones selects a path.
    package mutating func restart(local: ICECredentials, remote: ICECredentials, now: MonotonicInstant) {
        let until = now + limits.connectTimeout
        validated.keepOnly(selectedPath)
        switch state {
        case .connected(let selection): state = .restarting(selection, previous: credential, until: until)
        case .restarting(let selection, let previous, until: _):
            state = .restarting(selection, previous: previous, until: until)
        case .connecting, .ended: state = .connecting(until: until)
        }
        self.local = local
        self.remote = remote
        credential = ShortTermCredential(local)
    }

    /// When `handleTimeout` must be called; `nil` once the agent has ended.
    package var nextTimeout: MonotonicInstant? {
        switch state {
        case .connecting(let until): until
        case .connected(let selection): selection.lastCheck + limits.consentTimeout
        case .restarting(let selection, previous: _, let until):
            min(selection.lastCheck + limits.consentTimeout, until)
        case .ended: nil
        }
    }

    /// To be called at `nextTimeout`; earlier it does nothing. A check that is handled before it counts, so a late
    /// runtime should hand in the datagrams that wait first.
    package mutating func handleTimeout(now: MonotonicInstant) -> OnTimeout {
        guard let due = nextTimeout, now >= due else { return .none }
        switch state {
        case .connecting:
            state = .ended
            return .connectTimeout
        case .connected:
            state = .ended
            return .consentExpired
        case .restarting(_, previous: _, let until):
            // Sending on the old path ends here (RFC 7675); the peer may still come back with its new credentials.
            guard now >= until else {
                state = .connecting(until: until)
                return .none
            }
            state = .ended
            return .connectTimeout
        case .ended: return .none
        }
    }
}
