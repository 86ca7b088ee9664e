import Primitives

extension ICEControllingAgent {
    /// When `handleTimeout` must be called; `nil` once the agent has ended.
    package var nextTimeout: MonotonicInstant? {
        switch state {
        case .checking, .nominating:
            var deadline: MonotonicInstant? = pairs.isEmpty ? nextFirstCheck : nil
            for pair in pairs {
                switch pair.state {
                case .waiting: if case .checking = state { deadline = earliest(deadline, nextFirstCheck) }
                case .inProgress(let check): deadline = earliest(deadline, check.due)
                case .succeeded, .failed: break
                }
            }
            return deadline
        case .connected(let consent): return min(consent.nextCheck, consent.lastAnswer + timing.consentTimeout)
        case .ended: return nil
        }
    }

    /// The caller calls this at `nextTimeout`; an earlier call does nothing.
    package mutating func handleTimeout(now: MonotonicInstant) -> OnTimeout {
        guard let due = nextTimeout, now >= due else { return .none }
        switch state {
        case .checking, .nominating:
            for index in pairs.indices { retransmit(index, now: now) }
            beginNextCheck(now: now)
            return failIfNothingIsLeft() ? .failed(.noPairWorks) : .none
        case .connected(var consent):
            guard now < consent.lastAnswer + timing.consentTimeout else {
                state = .ended
                return .consentLost
            }
            sendConsentCheck(&consent, now: now)
            state = .connected(consent)
            return .none
        case .ended: return .none
        }
    }

    /// Retransmits the pair's request if that is due, or gives the pair up.
    private mutating func retransmit(_ index: Int, now: MonotonicInstant) {
        guard case .inProgress(var check) = pairs[index].state, now >= check.due else { return }
        let isNomination = isNominating(index)
        guard check.transmissions < timing.transmissions else {
            fail(index, now: now)
            return
        }
        check.transmissions += 1
        // After the last transmission (Rc) the wait is Rm times the first timeout, not another doubling.
        let isLast = check.transmissions == timing.transmissions
        check.wait = isLast ? timing.retransmissionTimeout * timing.lastWait : check.wait * 2
        check.due = now + check.wait
        pairs[index].state = .inProgress(check)
        send(check.transactionID, to: pairs[index].remote, nominating: isNomination)
    }

    /// Begins the check of the next waiting pair, one per pacing interval (RFC 8445 section 6.1.4.2).
    private mutating func beginNextCheck(now: MonotonicInstant) {
        guard case .checking = state, now >= nextFirstCheck else { return }
        let waiting = pairs.firstIndex { pair in
            if case .waiting = pair.state { true } else { false }
        }
        guard let waiting else { return }
        begin(waiting, now: now)
        nextFirstCheck = now + timing.pacing
    }

    private mutating func begin(_ index: Int, now: MonotonicInstant) {
        let check = ConnectivityCheck(
            transactionID: .random(using: &generator), transmissions: 1, wait: timing.retransmissionTimeout,
            due: now + timing.retransmissionTimeout)
        pairs[index].state = .inProgress(check)
        send(check.transactionID, to: pairs[index].remote, nominating: isNominating(index))
    }

    /// Regular nomination (RFC 8445 section 8.1.1): the pair that worked is checked once more, with USE-CANDIDATE.
    mutating func nominate(_ index: Int, now: MonotonicInstant) {
        state = .nominating(index)
        begin(index, now: now)
    }

    /// Gives a pair up. If it was being nominated, another pair that has answered is nominated instead; without one,
    /// checking continues.
    mutating func fail(_ index: Int, now: MonotonicInstant) {
        pairs[index].state = .failed
        guard isNominating(index) else { return }
        let answered = pairs.firstIndex { pair in
            if case .succeeded = pair.state { true } else { false }
        }
        if let answered { nominate(answered, now: now) } else { state = .checking }
    }

    private func isNominating(_ index: Int) -> Bool {
        if case .nominating(let nominated) = state { nominated == index } else { false }
    }

    /// Ends the agent once every pair has failed.
    mutating func failIfNothingIsLeft() -> Bool {
        let isOver = pairs.allSatisfy { pair in
            if case .failed = pair.state { true } else { false }
        }
        if isOver { state = .ended }
        return isOver
    }

    /// The consent that begins with the answer to the nomination.
    mutating func consent(to remote: TransportAddress, now: MonotonicInstant) -> Consent {
        Consent(remote: remote, lastAnswer: now, nextCheck: now + nextConsentWait())
    }

    /// A consent check is a new transaction and never retransmitted (RFC 7675 section 5.1). Like Chromium's it carries
    /// USE-CANDIDATE, so that the server follows a changed address at the next check.
    mutating func sendConsentCheck(_ consent: inout Consent, now: MonotonicInstant) {
        let transactionID = STUNTransactionID.random(using: &generator)
        consent.waiting.append(transactionID)
        if consent.waiting.count > Self.maximumConsentChecks { consent.waiting.removeFirst() }
        consent.nextCheck = now + nextConsentWait()
        send(transactionID, to: consent.remote, nominating: true)
    }

    /// "a random value between 0.8 and 1.2" times the interval.
    private mutating func nextConsentWait() -> Duration {
        timing.consentInterval * Int64.random(in: 800...1_200, using: &generator) / 1_000
    }

    private mutating func send(_ transactionID: STUNTransactionID, to remote: TransportAddress, nominating: Bool) {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, transactionID: transactionID, into: &octets)
        builder.append(.username(username), to: &octets)
        // The priority of a peer-reflexive candidate with this agent's address (RFC 8445 section 7.1.1).
        let priority = ICECandidate.priority(type: .peerReflexive, localPreference: .max, component: 1)
        builder.append(.priority(priority), to: &octets)
        builder.append(.iceControlling(tieBreaker), to: &octets)
        if nominating { builder.append(.useCandidate, to: &octets) }
        builder.appendMessageIntegrity(key: remoteKey.span, to: &octets)
        builder.appendFingerprint(to: &octets)
        outgoing.append((octets, path(to: remote)))
    }
}
