import Primitives

extension ICELiteAgent {
    /// Handles a STUN datagram that came on `path`. `response` is emptied first; if the result is an answer, it holds
    /// the response to send.
    ///
    /// Only authenticated requests are answered, with no more octets than the request has.
    package mutating func receive(
        _ datagram: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant, response: inout [UInt8]
    ) -> OnDatagram {
        response.removeAll(keepingCapacity: true)
        if case .ended = state { return .drop(.ended) }

        let request: STUNMessage
        do { request = try STUNMessage(parsing: datagram) } catch { return .drop(ICEDropReason(error)) }
        guard request.method == STUNMessage.bindingMethod else { return .drop(.notBinding) }
        switch request.messageClass {
        case .request: break
        case .indication: return .drop(.indication)
        case .success, .error: return .drop(.unexpectedResponse)
        }

        guard request.username != nil, request.integrityOffset != nil else { return .drop(.unauthenticated) }
        guard let (generation, credential) = credential(namedBy: request, in: datagram) else {
            return .drop(.unknownUsername)
        }
        guard request.verifiesIntegrity(in: datagram, key: credential.key.span) else {
            return .drop(.integrityMismatch)
        }

        let answer = answer(to: request, on: path)
        answer.write(to: request.transactionID, key: credential.key.span, into: &response)
        guard response.count <= datagram.count else {
            response.removeAll(keepingCapacity: true)
            return .drop(.answerTooLarge)
        }
        guard case .success = answer else { return .answer }
        return noteValidRequest(request, of: generation, on: path, now: now)
    }

    /// The generation of credentials in a check.
    private enum Generation {
        case current
        /// The credentials before a restart that is not complete.
        case previous
    }

    private func credential(
        namedBy request: STUNMessage, in datagram: Span<UInt8>
    ) -> (Generation, ShortTermCredential)? {
        if credential.isNamed(by: request, in: datagram) { return (.current, credential) }
        if case .restarting(_, let previous, until: _) = state, previous.isNamed(by: request, in: datagram) {
            return (.previous, previous)
        }
        return nil
    }

    private func answer(to request: STUNMessage, on path: NetworkPath) -> STUNAnswer {
        // RFC 8489 section 6.3: unknown attributes are checked after authentication.
        if !request.notUnderstood.isEmpty { return .unknownAttributes(request.notUnderstood) }
        // RFC 8445 section 7.3.1.1: a controlled agent switches its role only if its tie-breaker is larger or equal. A
        // lite agent must not control a full one (section 6.1.1), and never meets a lite one, because lite agents send
        // no checks. So this agent's tie-breaker counts as the smallest, and the peer always switches.
        if case .controlled = request.role { return .roleConflict }
        return .success(path.remote)
    }

    /// Updates the state after a valid check.
    private mutating func noteValidRequest(
        _ request: STUNMessage, of generation: Generation, on path: NetworkPath, now: MonotonicInstant
    ) -> OnDatagram {
        switch (state, generation) {
        case (.connecting, _):
            validated.noteCheck(on: path, now: now, keeping: nil)
            guard request.usesCandidate else { return .answer }
            select(path, now: now)
            return .answerSelecting(changed: true)

        case (.receiving(let former), _):
            validated.noteCheck(on: path, now: now, keeping: former)
            let isSilent = now - lastSign >= limits.silenceBeforeMove
            guard request.usesCandidate || path == former || isSilent else { return .answer }
            select(path, now: now)
            return .answerSelecting(changed: true)

        case (.connected(let selection), _), (.restarting(let selection, previous: _, until: _), .current):
            validated.noteCheck(on: path, now: now, keeping: selection.path)
            let isSelected = path == selection.path
            let isSilent = now - lastSign >= limits.silenceBeforeMove
            guard request.usesCandidate || (!isSelected && isSilent) else {
                if isSelected { renewConsent(now: now) }
                return .answer
            }
            select(path, now: now)
            return .answerSelecting(changed: !isSelected)

        case (.restarting(let selection, previous: _, until: _), .previous):
            // Checks with the previous credentials only renew consent; they validate and select no path.
            if path == selection.path { renewConsent(now: now) }
            return .answer

        case (.ended, _): return .drop(.ended)
        }
    }

    private mutating func select(_ path: NetworkPath, now: MonotonicInstant) {
        if path != selectedPath { selectedAt = now }
        state = .connected(Selection(path: path, consentUntil: now + limits.consentTimeout))
        lastSign = now
    }

    private mutating func renewConsent(now: MonotonicInstant) {
        lastSign = now
        let until = now + limits.consentTimeout
        switch state {
        case .connected(let selection): state = .connected(Selection(path: selection.path, consentUntil: until))
        case .restarting(let selection, let previous, let limit):
            state = .restarting(
                Selection(path: selection.path, consentUntil: until), previous: previous, until: limit)
        case .connecting, .receiving, .ended: break
        }
    }
}
