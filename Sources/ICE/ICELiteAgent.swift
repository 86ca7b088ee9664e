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
        /// How long media may be sent after the last valid check on the selected path (RFC 7675 section 5.1), and how long
        /// a peer without consent is kept after its last authenticated packet.
        package var consentTimeout: Duration = .seconds(30)
        /// The consent of a path that was selected because authenticated media came on it: a check must confirm it in this
        /// time. Chromium checks every 2.5 s, Firefox every 4 to 6 s.
        package var unconfirmedConsent: Duration = .seconds(10)
        /// After this long without a check or media on the selected path, a valid check from elsewhere moves it even
        /// without nomination.
        ///
        /// Chromium nominates with every check on its path, every 2.5 s or oftener, so it hardly needs this; Firefox
        /// nominates once and then sends bare consent checks every 4 to 6 s, so that after a change of its NAT's
        /// mapping nothing else tells.
        package var silenceBeforeMove: Duration = .seconds(1)
        /// The selected path moves to where authenticated media comes from when nothing has come on it for this long after
        /// that. So neither what was still on its way when a path was nominated, nor the copy of a packet, moves it.
        package var silenceBeforeFollowing: Duration = .milliseconds(100)
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
        /// The selected path has moved to where authenticated media comes from.
        case pathMoved
        /// No valid check came on the selected path in time: nothing may be sent any more. The agent goes on while
        /// authenticated media comes.
        case consentEnded
        /// Neither a valid check nor authenticated media came in time. The agent has ended.
        case consentExpired
    }

    /// The path that media takes.
    struct Selection: Sendable {
        var path: NetworkPath
        /// Until when media may be sent without a further check on the path.
        var consentUntil: MonotonicInstant
    }

    enum State: Sendable {
        /// No path is selected. A nomination -> connected; the time runs out -> ended.
        case connecting(until: MonotonicInstant)
        /// A path is selected. A restart -> restarting; consent runs out -> receiving.
        case connected(Selection)
        /// Consent has run out, so that nothing is sent; authenticated media shows that the peer is there. A valid check on
        /// the path -> connected; a restart -> connecting; no media for too long -> ended.
        case receiving(NetworkPath)
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
    /// The last valid check or authenticated packet on the selected path; beside the state, for it is written per packet.
    var lastSign: MonotonicInstant

    /// The last packet on the selected path that had come before.
    private var lastReplay: MonotonicInstant
    /// When the selected path was selected.
    var selectedAt: MonotonicInstant
    /// Another path that authenticated media comes on, and since when.
    private var following: (path: NetworkPath, since: MonotonicInstant)?

    package init(local: ICECredentials, remote: ICECredentials, now: MonotonicInstant, limits: Limits = Limits()) {
        self.local = local
        self.remote = remote
        self.limits = limits
        credential = ShortTermCredential(local)
        validated = ValidatedPaths(limit: limits.validatedPaths)
        lastSign = now
        lastReplay = now
        selectedAt = now
        state = .connecting(until: now + limits.connectTimeout)
    }

    /// The one path that media goes to; `nil` before the first nomination, without consent and after the end.
    package var selectedPath: NetworkPath? {
        switch state {
        case .connected(let selection), .restarting(let selection, previous: _, until: _): selection.path
        case .connecting, .receiving, .ended: nil
        }
    }

    /// The selected path, and without consent the one that was.
    private var mediaPath: NetworkPath? {
        if case .receiving(let path) = state { path } else { selectedPath }
    }

    /// Whether a valid check has come on `path`: DTLS is taken from, and answered to, such paths only.
    package func isValidated(_ path: NetworkPath) -> Bool { validated.contains(path) }

    /// Every path that a valid check came on and that is still kept.
    package var validatedPaths: [NetworkPath] { validated.paths }

    /// Notes an authenticated packet (SRTP that was opened, not merely received) on a validated path. It renews no consent.
    ///
    /// On another path than the selected one it may show that the peer's address has changed: where the selected path stays
    /// silent, it moves at `nextTimeout`, for the peer's next check may be seconds away.
    ///
    /// - Returns: whether `nextTimeout` may be earlier than before.
    package mutating func noteMedia(on path: NetworkPath, now: MonotonicInstant) -> Bool {
        // Media is taken from validated paths only: so this is the one.
        guard validated.hasSeveral else {
            lastSign = now
            return false
        }
        guard let mediaPath, mediaPath != path else {
            lastSign = now
            return false
        }
        // The selected path has just been chosen, and this was still on its way.
        guard now - selectedAt >= limits.silenceBeforeFollowing else { return false }
        if let following, following.path == path, following.since > lastHeard { return false }
        following = (path, now)
        return true
    }

    /// Notes a packet that had come before. On the selected path it may be the original of a copy that was faster: so the peer
    /// is still there, and media from elsewhere moves nothing.
    package mutating func noteReplay(on path: NetworkPath, now: MonotonicInstant) {
        if mediaPath == path { lastReplay = now }
    }

    /// When something that only the peer can have made last came on the selected path.
    package var lastHeard: MonotonicInstant { max(lastSign, lastReplay) }

    /// When the selected path is to move to where media comes from; `nil` where it has been heard of since.
    private var followingDue: MonotonicInstant? {
        guard let following, following.since > lastHeard else { return nil }
        return following.since + limits.silenceBeforeFollowing
    }

    /// Moves the selected path to where media comes from, if that is due.
    private mutating func follow(now: MonotonicInstant) -> Bool {
        guard let due = followingDue, due <= now, let path = following?.path else { return false }
        following = nil
        // Checks on many others may have taken its place meanwhile.
        guard validated.contains(path) else { return false }
        switch state {
        case .connected(let selection):
            let unconfirmed = min(selection.consentUntil, now + limits.unconfirmedConsent)
            state = .connected(Selection(path: path, consentUntil: unconfirmed))
        case .receiving: state = .receiving(path)
        // The peer is about to select a path with its new credentials.
        case .restarting, .connecting, .ended: return false
        }
        lastSign = now
        selectedAt = now
        return true
    }

    /// Takes media on `path` from now on, though no check came on it: an authenticated packet did, newer than any before.
    package mutating func noteFreshMedia(on path: NetworkPath, now: MonotonicInstant) {
        validated.note(path, now: now, keeping: mediaPath)
    }

    /// ICE restart (RFC 8445 section 9): from now on checks with the new credentials count. The selected path keeps
    /// carrying media, and the previous credentials keep its consent, until a check with the new ones selects a path.
    package mutating func restart(local: ICECredentials, remote: ICECredentials, now: MonotonicInstant) {
        let until = now + limits.connectTimeout
        validated.keepOnly(mediaPath)
        switch state {
        case .connected(let selection): state = .restarting(selection, previous: credential, until: until)
        case .restarting(let selection, let previous, until: _):
            state = .restarting(selection, previous: previous, until: until)
        case .connecting, .receiving, .ended: state = .connecting(until: until)
        }
        self.local = local
        self.remote = remote
        credential = ShortTermCredential(local)
    }

    /// When `handleTimeout` must be called; `nil` once the agent has ended.
    package var nextTimeout: MonotonicInstant? {
        switch state {
        case .connecting(let until): until
        case .connected(let selection): earliest(selection.consentUntil, followingDue)
        case .receiving: earliest(lastSign + limits.consentTimeout, followingDue)
        case .restarting(let selection, previous: _, let until): min(selection.consentUntil, until)
        case .ended: nil
        }
    }

    /// To be called at `nextTimeout`; earlier it does nothing. A check that is handled before it counts, so a late
    /// runtime should hand in the datagrams that wait first.
    package mutating func handleTimeout(now: MonotonicInstant) -> OnTimeout {
        guard let due = nextTimeout, now >= due else { return .none }
        if follow(now: now) { return .pathMoved }
        switch state {
        case .connecting:
            state = .ended
            return .connectTimeout
        case .connected(let selection):
            guard selection.consentUntil <= now else { return .none }
            guard lastSign + limits.consentTimeout > now else {
                state = .ended
                return .consentExpired
            }
            state = .receiving(selection.path)
            return .consentEnded
        case .receiving:
            guard lastSign + limits.consentTimeout <= now else { return .none }
            state = .ended
            return .consentExpired
        case .restarting(_, previous: _, let until):
            // Sending on the old path ends here (RFC 7675); the peer may still come back with its new credentials.
            guard now >= until else {
                state = .connecting(until: until)
                return .consentEnded
            }
            state = .ended
            return .connectTimeout
        case .ended: return .none
        }
    }
}
