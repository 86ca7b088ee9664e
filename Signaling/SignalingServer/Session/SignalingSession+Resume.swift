import Logging
import NIOCore
import Rooms
import SignalingProtocol

extension SignalingSession.Server {
    /// Serves one WebSocket until it ends: with a session of its own, or with the earlier one that its client resumes.
    func serve(_ connection: WebSocketConnection, _ inputs: NIOAsyncChannelInboundStream<WebSocketInput>) async {
        let first = SignalingSession(self, connection)
        var session = first
        let joinDeadline = Task { [timeout = configuration.joinTimeout] in
            try await Task.sleep(for: timeout)
            if await !first.hasAskedToJoin { connection.close(.joinTimeout, "no join came within \(timeout)") }
        }
        do {
            for try await input in inputs {
                switch input {
                case .text(let text):
                    // A task of its own: the runtime keeps for a task, as long as it lives, the most that its calls have
                    // ever needed, and a join needs 20 KB.
                    session = await Task { [session] in await session.receive(text, from: connection) }.value
                case .acknowledged(let seq): await session.acknowledge(seq, from: connection)
                case .violated: await session.forbidResuming(from: connection)
                case .serverStopping: await session.stop(connection)
                }
            }
        } catch {
            logger.debug("connection broke", metadata: ["error": "\(error)"])
        }
        joinDeadline.cancel()
        if Task.isCancelled { await session.stop(connection) }
        await session.detach(connection)
    }
}

/// A session and its connections.
extension SignalingSession {
    /// Takes up the session that the client names, which serves the connection from now on.
    func resume(_ message: ResumeMessage, id: Int) async -> SignalingSession {
        hasAskedToJoin = true
        guard case .awaitingJoin = state, let connection else {
            reply(id, .error(code: .alreadyJoined, message: "resume comes in place of join, as the first message"))
            return self
        }
        do throws(MessageError) {
            let session = try server.desk.session(message.resumeToken)
            try await session.attach(connection, after: message.lastSeq, id: id)
            server.desk.count(.resumed)
            state = .ended
            self.connection = nil
            return session
        } catch {
            server.desk.count(.init(error.code))
            // A `join` may follow, but nobody shall try tokens out.
            connection.penalize()
            reply(id, .error(code: error.code, message: error.message))
            return self
        }
    }

    /// Goes on with another connection: replies to `resume`, then sends what the client has missed.
    private func attach(
        _ newer: any SessionConnection, after seq: Int, id: Int
    ) async throws(MessageError) {
        guard case .joined(let session) = state else { throw ResumeDesk.expired }
        try checkLog(seq)
        attachment += 1
        let attachment = attachment
        // From here on nothing that comes on the older connection counts. Its client thinks that it is lost; the server may not.
        let older = connection
        connection = nil
        older?.close(.resumedElsewhere, "the session goes on with another connection")
        do {
            try await session.signalingBack(attachment)
        } catch {
            await giveUp(session, attachment)
            switch error {
            case let error as JoinError: throw MessageError(error)
            default: throw ResumeDesk.expired
            }
        }
        // What came on the older connection is carried out before what comes on this one.
        while isReplying { await withCheckedContinuation { waitingForReply.append($0) } }
        guard self.attachment == attachment else { throw ResumeDesk.expired }
        guard case .joined = state else {
            _ = try server.desk.session(session.resumeToken)
            throw ResumeDesk.expired
        }
        do throws(MessageError) { try checkLog(seq) } catch {
            await giveUp(session, attachment)
            throw error
        }
        server.desk.noteAttached(token: session.resumeToken)
        connection = newer
        let missed = log.events(after: seq) ?? []
        if let text = ServerMessage.reply(id: id, .resumed(missed: missed.count)).text() { newer.send(text) }
        for (seq, event) in missed { newer.send(event.text(seq: seq), seq: seq) }
    }

    private func checkLog(_ seq: Int) throws(MessageError) {
        guard log.covers(seq) else {
            throw MessageError(
                .resumeIncomplete, "events after \(seq) of \(log.lastSeq) are not kept any more; join again")
        }
    }

    /// The client could not resume: the session waits on without a connection.
    private func giveUp(_ session: ParticipantSession, _ attachment: Int) async {
        guard self.attachment == attachment, connection == nil else { return }
        server.desk.noteDetached(token: session.resumeToken)
        await session.signalingLost(attachment)
    }

    /// The connection is gone. What was joined on it waits for its client.
    func detach(_ lost: any SessionConnection) async {
        guard connection === lost else { return }
        connection = nil
        switch state {
        case .joined(let session):
            if isResumable {
                server.desk.noteDetached(token: session.resumeToken)
            } else {
                state = .ended
                events?.cancel()
                server.desk.remove(token: session.resumeToken)
            }
            await session.signalingLost(attachment)
        case .waiting(let task):
            state = .ended
            task.cancel()
        case .awaitingJoin, .ended: state = .ended
        }
    }

    /// Whether nothing more comes of it.
    var isOver: Bool { if case .ended = state { true } else { false } }

    /// Notes that the client has the events up to `seq`.
    func acknowledge(_ seq: Int, from source: any SessionConnection) {
        guard connection === source else { return }
        log.acknowledge(seq)
        replies.acknowledge(seq)
    }

    /// A client that broke the rules on this connection does not get new limits on another.
    func forbidResuming(from source: any SessionConnection) {
        if connection === source { isResumable = false }
    }

    /// The server ends.
    func stop(_ source: any SessionConnection) {
        if connection === source { end(.serverStopping) }
    }
}

extension ResumeDesk.Outcome {
    fileprivate init(_ code: ErrorCode) {
        switch code {
        case .resumeExpired: self = .expired
        case .resumeIncomplete: self = .incomplete
        default: self = .over
        }
    }
}
