import Primitives

/// The server's side of ICE: an agent that answers checks and sends none (RFC 8445 sections 2.5 and 7.3).
///
/// The peer is a full agent and has the controlling role. Its checks validate paths, its nominations select a path, and
/// its consent checks (RFC 7675) keep the connection. The caller passes datagrams and `now`, sends the answers, and
/// calls the agent at `nextTimeout`.
package struct ICELiteAgent: Sendable {
    /// Time limits and counts of an agent.
    package struct Limits: Hashable, Sendable {
        /// Time until a path must be selected, from the agent's creation or from a restart.
        package var connectTimeout: Duration = .seconds(30)
        /// Time for which media may be sent after the last valid check on the selected path (RFC 7675 section 5.1).
        /// Also the time for which a peer without consent is kept after its last authenticated packet.
        package var consentTimeout: Duration = .seconds(30)
        /// Consent of a path that was selected because authenticated media came on it; a check must confirm it within
        /// this time. Chromium checks every 2.5 s, Firefox every 4 to 6 s.
        package var unconfirmedConsent: Duration = .seconds(10)
        /// After this time without a check or media on the selected path, a valid check on another path selects that
        /// path even without nomination.
        ///
        /// Chromium hardly needs this, because it nominates with every check on its path, at least every 2.5 s. Firefox
        /// nominates once and then sends bare consent checks every 4 to 6 s, so only this rule detects a changed NAT
        /// mapping.
        package var silenceBeforeMove: Duration = .seconds(1)
        /// When authenticated media comes on another path, and the selected path stays silent for this time, the
        /// selection moves to that other path. The wait ensures that neither packets still in flight after a nomination
        /// nor copied packets move the selection.
        package var silenceBeforeFollowing: Duration = .milliseconds(100)
        /// The largest number of validated paths; a browser with several interfaces checks each of them against each
        /// address of the server.
        package var validatedPaths = 16

        package init() {}
    }

    /// The action that a datagram requires.
    package enum OnDatagram: Hashable, Sendable {
        /// Send the response back on the path that the request came on.
        case answer
        /// As `answer`; in addition the request selected its path. `changed` is true if another path, or none, was
        /// selected before.
        case answerSelecting(changed: Bool)
        case drop(ICEDropReason)
    }

    /// The effect of a timeout.
    package enum OnTimeout: Hashable, Sendable {
        case none
        /// No path was selected in time. The agent has ended.
        case connectTimeout
        /// The selection has moved to the path of authenticated media.
        case pathMoved
        /// No valid check came on the selected path in time, so nothing may be sent. The agent lives on while
        /// authenticated media comes.
        case consentEnded
        /// Neither a valid check nor authenticated media came in time. The agent has ended.
        case consentExpired
    }

    /// The path for media.
    struct Selection: Sendable {
        var path: NetworkPath
        /// Media may be sent until this time without a further check on the path.
        var consentUntil: MonotonicInstant
    }

    enum State: Sendable {
        /// No path is selected. A nomination -> connected; the time runs out -> ended.
        case connecting(until: MonotonicInstant)
        /// A path is selected. A restart -> restarting; consent runs out -> receiving.
        case connected(Selection)
        /// Consent has expired, so nothing is sent; authenticated media shows that the peer is present. A valid check
        /// on the path -> connected; a restart -> connecting; no media for too long -> ended.
        case receiving(NetworkPath)
        /// A restart is not complete: media still uses the path that the previous credentials selected. A nomination
        /// with the new ones -> connected; the old path's consent runs out -> connecting; the time runs out -> ended.
        case restarting(Selection, previous: ShortTermCredential, until: MonotonicInstant)
        /// Requests are not answered any more.
        case ended
    }

    /// This agent's credentials, which checks must carry.
    package private(set) var local: ICECredentials
    /// The peer's credentials. A lite agent sends no checks, so they only serve to detect a restart in a further offer.
    package private(set) var remote: ICECredentials
    package let limits: Limits

    var state: State
    var credential: ShortTermCredential
    var validated: ValidatedPaths
    /// The time of the last valid check or authenticated packet on the selected path. Kept outside `state` because
    /// every packet writes it.
    var lastSign: MonotonicInstant

    /// The time of the last replayed packet on the selected path.
    private var lastReplay: MonotonicInstant
    /// When the selected path was selected.
    var selectedAt: MonotonicInstant
    /// Another path on which authenticated media comes, and the time since when it does.
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

    /// The path on which media is sent; `nil` before the first nomination, without consent and after the end.
    package var selectedPath: NetworkPath? {
        switch state {
        case .connected(let selection), .restarting(let selection, previous: _, until: _): selection.path
        case .connecting, .receiving, .ended: nil
        }
    }

    /// The selected path, or without consent the last selected path.
    private var mediaPath: NetworkPath? {
        if case .receiving(let path) = state { path } else { selectedPath }
    }

    /// Whether a valid check has come on `path`. DTLS is accepted and answered only on such paths.
    package func isValidated(_ path: NetworkPath) -> Bool { validated.contains(path) }

    /// All validated paths that are still kept.
    package var validatedPaths: [NetworkPath] { validated.paths }

    /// Records an authenticated packet (SRTP that was decrypted, not merely received) on a validated path. This renews
    /// no consent.
    ///
    /// On a path other than the selected one, the packet may mean that the peer's address has changed. If the selected
    /// path stays silent, the selection moves at `nextTimeout`, because the peer's next check may be seconds away.
    ///
    /// - Returns: whether `nextTimeout` may be earlier than before.
    package mutating func noteMedia(on path: NetworkPath, now: MonotonicInstant) -> Bool {
        // Media is accepted on validated paths only, so with a single one it came on the selected path.
        guard validated.hasSeveral else {
            lastSign = now
            return false
        }
        guard let mediaPath, mediaPath != path else {
            lastSign = now
            return false
        }
        // Shortly after a selection, packets of the previous path are still in flight.
        guard now - selectedAt >= limits.silenceBeforeFollowing else { return false }
        if let following, following.path == path, following.since > lastHeard { return false }
        following = (path, now)
        return true
    }

    /// Records a replayed packet. On the selected path it may be the original of a copy that arrived first on another
    /// path; the peer is then still on the selected path, and the selection must not move.
    package mutating func noteReplay(on path: NetworkPath, now: MonotonicInstant) {
        if mediaPath == path { lastReplay = now }
    }

    /// The time of the last packet on the selected path that only the peer can have made.
    package var lastHeard: MonotonicInstant { max(lastSign, lastReplay) }

    /// When the selection moves to the path of media; `nil` if the selected path was heard since.
    private var followingDue: MonotonicInstant? {
        guard let following, following.since > lastHeard else { return nil }
        return following.since + limits.silenceBeforeFollowing
    }

    /// Moves the selection to the path of media, if that is due.
    private mutating func follow(now: MonotonicInstant) -> Bool {
        guard let due = followingDue, due <= now, let path = following?.path else { return false }
        following = nil
        // Checks on many other paths may have evicted this one meanwhile.
        guard validated.contains(path) else { return false }
        switch state {
        case .connected(let selection):
            let unconfirmed = min(selection.consentUntil, now + limits.unconfirmedConsent)
            state = .connected(Selection(path: path, consentUntil: unconfirmed))
        case .receiving: state = .receiving(path)
        // With new credentials the peer's next nomination selects the path.
        case .restarting, .connecting, .ended: return false
        }
        lastSign = now
        selectedAt = now
        return true
    }

    /// Validates `path` without a check, because an authenticated packet came on it that is newer than all before.
    package mutating func noteFreshMedia(on path: NetworkPath, now: MonotonicInstant) {
        validated.noteCheck(on: path, now: now, keeping: mediaPath)
    }

    /// The TCP connection of `path` has closed: nothing can be sent there any more. If it was selected, the agent waits for
    /// a check or media on another path, as after lost consent.
    package mutating func noteClosed(_ path: NetworkPath) {
        validated.remove(path)
        if following?.path == path { following = nil }
        switch state {
        case .connected(let selection) where selection.path == path: state = .receiving(path)
        case .restarting(let selection, previous: _, let until) where selection.path == path:
            state = .connecting(until: until)
        case .connected, .restarting, .connecting, .receiving, .ended: break
        }
    }

    /// ICE restart (RFC 8445 section 9): checks need the new credentials from now on. The selected path keeps carrying
    /// media, and the previous credentials keep its consent, until a check with the new ones selects a path.
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

    /// The caller calls this at `nextTimeout`; an earlier call does nothing. A check counts if it is handled before
    /// this call, so a late caller should pass waiting datagrams first.
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
            // Sending on the old path ends now (RFC 7675); the peer may still return with its new credentials.
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
