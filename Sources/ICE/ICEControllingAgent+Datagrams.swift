import Primitives

extension ICEControllingAgent {
    /// Handles a STUN datagram that came on `path`: a response to this agent's check, or a check of the peer.
    package mutating func receive(
        _ datagram: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant
    ) -> OnDatagram {
        if case .ended = state { return .drop(.ended) }
        let message: STUNMessage
        do { message = try STUNMessage(parsing: datagram) } catch { return .drop(ICEDropReason(error)) }
        guard message.method == STUNMessage.bindingMethod else { return .drop(.notBinding) }
        switch message.messageClass {
        case .request: return receiveRequest(message, datagram, on: path)
        case .indication: return .drop(.indication)
        case .success, .error: return receiveResponse(message, datagram, on: path, now: now)
        }
    }

    /// RFC 8445 section 7.2.5.
    private mutating func receiveResponse(
        _ response: STUNMessage, _ datagram: Span<UInt8>, on path: NetworkPath, now: MonotonicInstant
    ) -> OnDatagram {
        // A response without the peer's password is ignored (RFC 8489 section 9.1.4).
        guard response.verifiesIntegrity(in: datagram, key: remoteKey.span) else { return .drop(.integrityMismatch) }
        switch state {
        case .checking, .nominating:
            let index = pairs.firstIndex { pair in
                guard case .inProgress(let check) = pair.state else { return false }
                return check.transactionID == response.transactionID
            }
            // Section 7.2.5.2.1: the response must come from the address of the request.
            guard let index, pairs[index].remote == path.remote else { return .drop(.unexpectedResponse) }
            return receiveAnswer(response, of: index, now: now)
        case .connected(var consent):
            guard let index = consent.waiting.firstIndex(of: response.transactionID), consent.remote == path.remote
            else { return .drop(.unexpectedResponse) }
            consent.waiting.remove(at: index)
            if response.messageClass == .success { consent.lastAnswer = now }
            state = .connected(consent)
            return .none
        case .ended: return .drop(.ended)
        }
    }

    private mutating func receiveAnswer(_ response: STUNMessage, of index: Int, now: MonotonicInstant) -> OnDatagram {
        guard response.messageClass == .success else {
            if response.errorCode == .roleConflict {
                state = .ended
                return .failed(.roleConflict)
            }
            // Section 7.2.5.2.4: any other error ends the pair.
            fail(index, now: now)
            return failIfNothingIsLeft() ? .failed(.noPairWorks) : .none
        }
        pairs[index].state = .succeeded
        switch state {
        case .checking:
            nominate(index, now: now)
            return .none
        case .nominating(index):
            let remote = pairs[index].remote
            state = .connected(consent(to: remote, now: now))
            return .connected(self.path(to: remote))
        // Another pair answered during the nomination; the nominated pair stays.
        case .nominating, .connected, .ended: return .none
        }
    }

    /// RFC 8445 section 7.3.
    private mutating func receiveRequest(
        _ request: STUNMessage, _ datagram: Span<UInt8>, on path: NetworkPath
    ) -> OnDatagram {
        guard request.username != nil, request.integrityOffset != nil else { return .drop(.unauthenticated) }
        guard credential.isNamed(by: request, in: datagram) else { return .drop(.unknownUsername) }
        guard request.verifiesIntegrity(in: datagram, key: credential.key.span) else {
            return .drop(.integrityMismatch)
        }
        let answer: STUNAnswer
        if !request.notUnderstood.isEmpty {
            answer = .unknownAttributes(request.notUnderstood)
        } else if case .controlling(let theirs) = request.role {
            // Section 7.3.1.1: the larger tie-breaker keeps the role. This agent cannot switch to the controlled role.
            guard tieBreaker >= theirs else {
                state = .ended
                return .failed(.roleConflict)
            }
            answer = .roleConflict
        } else {
            answer = .success(path.remote)
        }
        var octets: [UInt8] = []
        answer.write(to: request.transactionID, key: credential.key.span, into: &octets)
        guard octets.count <= datagram.count else { return .drop(.answerTooLarge) }
        outgoing.append((octets, path))
        return .none
    }
}
