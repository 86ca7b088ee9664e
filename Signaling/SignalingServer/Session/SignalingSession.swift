import AccessTokens
import Admission
import Logging
import Rooms
import SDP
import SignalingProtocol

/// One client's session: handles its messages one after the other, replies, and forwards the room's events. It outlives its
/// connection for a while, so that the client can resume it on another.
actor SignalingSession {
    /// State and services that all sessions of a server share.
    struct Server: Sendable {
        let rooms: any RoomDirectory
        let eventTexts = EventTexts()
        let desk = ResumeDesk()
        let authorization: JoinAuthorization
        let invitations: InvitationDesk
        let configuration: SignalingConfiguration
        let telemetry: ClientTelemetry
        /// Seconds since 1970.
        let secondsSince1970: @Sendable () -> Int
        let logger: Logger
    }

    enum State {
        /// -> waiting (the room is not open yet), joined (the room took the client), ended
        case awaitingJoin
        /// The task joins when the room opens. -> joined, ended
        case waiting(Task<Void, Never>)
        /// -> ended
        case joined(ParticipantSession)
        case ended
    }

    let server: Server
    /// `nil` while the client has none.
    var connection: (any SessionConnection)?
    /// The connection that the client had last, counted from 0.
    var attachment = 0
    var state = State.awaitingJoin
    /// Whether `join` or `resume` came; the room may take a moment to answer it.
    var hasAskedToJoin = false
    var log = EventLog()
    var replies = ReplyLog()
    /// Whether the session may outlive its connection.
    var isResumable = true
    /// The client's rights to make invitations; `nil` before the join.
    private var moderator: InvitationDesk.Moderator?
    var events: Task<Void, Never>?
    /// The room's last word, where it came before the reply to the request that caused it.
    private var lastWord: CloseReason?
    private(set) var isReplying = false
    /// Those who wait for the request that is being carried out.
    var waitingForReply: [CheckedContinuation<Void, Never>] = []

    init(_ server: Server, _ connection: any SessionConnection) {
        self.server = server
        self.connection = connection
    }

    private var hasJoined: Bool { if case .joined = state { true } else { false } }

    // MARK: Requests

    /// Takes a message of the client.
    /// - Parameter source: the connection on which it came. One that another has replaced is not listened to.
    /// - Returns: the session that the connection serves from now on: another one after `resume`.
    func receive(_ text: String, from source: any SessionConnection) async -> SignalingSession {
        guard connection === source else { return self }
        if case .ended = state { return self }
        let request: ClientRequest
        do {
            request = try ClientRequest(parsing: text.utf8)
        } catch {
            connection?.penalize()
            reply(error.id, .error(code: error.code, message: error.message))
            return self
        }
        if case .resume(let resume) = request.message { return await self.resume(resume, id: request.id) }
        if let text = replies.reply(to: request.id, before: attachment) {
            // It was carried out, but the reply was lost with the connection.
            if let text { send(text) } else { send(.reply(id: request.id, .ok)) }
            return self
        }
        await answer(request)
        return self
    }

    private func answer(_ request: ClientRequest) async {
        isReplying = true
        // Of the request. The client may resume on another while it is carried out.
        let attachment = attachment
        defer {
            isReplying = false
            for waiting in waitingForReply { waiting.resume() }
            waitingForReply = []
        }
        let answer: ServerReply
        do throws(MessageError) {
            if case .join(let join) = request.message, join.wait == true, case .awaitingJoin = state {
                // Its reply comes when the room opens; meanwhile the client's other messages are read.
                try wait(join, id: request.id)
                return
            }
            answer = try await perform(request)
        } catch {
            answer = .error(code: error.code, message: error.message)
        }
        reply(request.id, answer, attachment)
        isReplying = false
        switch (request.message, answer) {
        case (.join, .error(let code, let message)) where code != .alreadyJoined:
            state = .ended
            connection?.close(.joinRefused, message)
        case (.leave, _): await leave()
        default: break
        }
        if let lastWord { end(lastWord) }
    }

    private func perform(_ request: ClientRequest) async throws(MessageError) -> ServerReply {
        switch (request.message, state) {
        case (.ping, _): return .ok
        case (.telemetry(let measurements), _):
            server.telemetry.record(measurements)
            return .ok
        case (.leave, _): return .ok
        case (.join(let join), .awaitingJoin): return try await self.join(join)
        case (.join, .waiting):
            throw MessageError(
                .alreadyJoined, "this connection waits for its room to open already; its join is answered then")
        case (.resume, _): throw MessageError(.alreadyJoined, "resume comes in place of join, as the first message")
        case (.join, _): throw MessageError(.alreadyJoined, "this connection has joined a room already")
        case (_, .awaitingJoin), (_, .waiting), (_, .ended): throw MessageError(.notJoined, "join comes first")
        case (let message, .joined(let session)):
            if let moderator, let reply = try server.invitations.perform(message, by: moderator) { return reply }
            do throws(RoomError) {
                return try await perform(message, session, id: request.id)
            } catch {
                throw MessageError(error)
            }
        }
    }

    private func join(_ join: JoinMessage) async throws(MessageError) -> ServerReply {
        let request = try self.request(for: join)
        let joined: Joined
        do throws(JoinError) {
            joined = try await server.rooms.join(request)
        } catch {
            throw MessageError(error)
        }
        return begin(joined)
    }

    /// Joins as soon as the room is open, and replies then.
    private func wait(_ join: JoinMessage, id: Int) throws(MessageError) {
        let request = try self.request(for: join)
        state = .waiting(Task { await self.joinWhenOpen(request, id: id) })
    }

    private func joinWhenOpen(_ request: JoinRequest, id: Int) async {
        let answer: ServerReply
        do {
            let joined = try await server.rooms.joinWhenOpen(request) {
                await self.tellWaiting(for: request.room, id: id)
            }
            guard case .waiting = state else { return await joined.session.leave() }
            answer = begin(joined)
        } catch {
            guard let error = error as? JoinError, case .waiting = state else { return }
            let refusal = MessageError(error)
            answer = .error(code: refusal.code, message: refusal.message)
        }
        reply(id, answer)
        if case .error(_, let message) = answer {
            state = .ended
            connection?.close(.joinRefused, message)
        }
    }

    private func tellWaiting(for room: String, id: Int) {
        guard case .waiting = state else { return }
        send(
            .waiting(
                id: id, message: "the stage \(room) is not open yet; you come in by yourself when a host opens it"))
    }

    /// The request to the rooms for a `join` message.
    private func request(for join: JoinMessage) throws(MessageError) -> JoinRequest {
        hasAskedToJoin = true
        let grant: Grant
        do throws(MessageError) {
            grant = try server.authorization.grant(
                join, upgradeToken: connection?.bearerToken, guest: "guest-\(UInt64.random(in: .min ... .max))",
                now: server.secondsSince1970())
        } catch {
            server.rooms.noteRefusal(
                room: join.room ?? "", identity: join.name ?? "", role: join.role ?? "", code: error.code.rawValue,
                message: error.message)
            throw error
        }
        return JoinRequest(
            room: grant.room, identity: grant.identity, name: grant.name, role: grant.role,
            permissions: grant.permissions, media: JoinMedia(join.media), createsRoom: grant.permissions.canManageRoom,
            isEncrypted: grant.isEncrypted, credential: grant.credential, isSelfAppointed: grant.isSelfAppointed)
    }

    /// Starts to forward the room's events; returns the reply to the join.
    private func begin(_ joined: Joined) -> ServerReply {
        state = .joined(joined.session)
        moderator = InvitationDesk.Moderator(
            room: joined.room.name, role: joined.participant.role, permissions: joined.participant.permissions,
            isRoomEncrypted: joined.room.isEncrypted)
        server.desk.add(self, token: joined.session.resumeToken)
        let events = joined.events
        self.events = Task { for await event in events { self.afterReply(event) } }
        let iceServers = server.configuration.iceServers.entries(
            for: "\(joined.room.name)/\(joined.participant.id)", now: server.secondsSince1970())
        return .joined(.init(joined, iceServers: iceServers.map(ICEServer.init)))
    }

    private func leave() async {
        if case .joined(let session) = state {
            await session.leave()
        } else {
            connection?.close(.normal, "left")
        }
    }

    private func perform(
        _ message: ClientMessage, _ session: ParticipantSession, id: Int
    ) async throws(RoomError) -> ServerReply {
        switch message {
        case .offer(let offer):
            let parsed: MediaOffer
            do throws(OfferError) { parsed = try MediaOffer(offer) } catch {
                throw RoomError(.badOffer, error.description)
            }
            let answered = try await session.offer(parsed)
            return .answer(.init(answer: answered.answer, slots: answered.slots.map(SlotMessage.init)))
        case .view(let wishes):
            var requests: [ViewRequest] = []
            for wish in wishes { requests.append(try view(wish)) }
            try await session.view(requests)
        case .publish(let source): try await session.publish(TrackSource(source))
        case .unpublish(let source): try await session.unpublish(TrackSource(source))
        case .mute(let source, let muted): try await session.mute(TrackSource(source), muted)
        case .stage(let step):
            try await session.stage(StageAction(step), .init(requestID: String(id)))
        case .stageOf(let participant, let decision, let version):
            let id = StagePreconditions(version: version.map { UInt64(clamping: $0) }, requestID: String(id))
            try await session.moderate(ModerationAction(decision, try ParticipantID(named: participant)), id)
        case .muteParticipant(let participant, let source):
            try await session.moderate(.mute(try ParticipantID(named: participant), TrackSource(source)))
        case .removeParticipant(let participant):
            try await session.moderate(.remove(try ParticipantID(named: participant)))
        case .lockRoom(let locked): try await session.lockRoom(locked)
        case .endRoom: try await session.endRoom()
        case .join, .resume, .telemetry, .ping, .leave, .createInvitation, .listInvitations, .revokeInvitation: break
        }
        return .ok
    }

    private func view(_ wish: SlotWish) throws(RoomError) -> ViewRequest {
        var request = ViewRequest(
            mid: wish.mid, width: wish.width, height: wish.height, priority: wish.priority ?? 0,
            isVisible: wish.visible ?? true)
        if let track = wish.track {
            guard let wish = ViewRequest.Wish(track: track) else {
                throw RoomError(.noSuchTrack, "there is no track \(track) on stage")
            }
            request.wish = wish
        }
        return request
    }

    // MARK: Events

    /// The room's last word waits for a reply that is under way; everything else may overtake it.
    private func afterReply(_ event: RoomEvent) {
        if case .closed(let reason) = event {
            if isReplying { lastWord = reason } else { end(reason) }
            return
        }
        tell(event)
    }

    private func tell(_ event: RoomEvent) {
        if case .permissions(let role, let permissions) = event {
            moderator?.role = role
            moderator?.permissions = permissions
        }
        guard let text = server.eventTexts.text(of: event) else { return }
        let seq = log.append(text)
        connection?.send(text.text(seq: seq), seq: seq)
    }

    /// Says why it is over, and closes.
    func end(_ reason: CloseReason) {
        if case .ended = state { return }
        if case .joined(let session) = state {
            server.desk.remove(token: session.resumeToken, end: MessageError(resuming: reason))
        }
        let closed = ClosedReason(reason)
        if let closed, hasJoined {
            send(.event(seq: log.lastSeq + 1, .closed(closed, message: reason.description)))
        }
        state = .ended
        connection?.close(closed?.closeCode ?? .slowReader, reason.description)
    }

    /// - Parameter attachment: the connection on which the request came, where it may be repeated on another.
    func reply(_ id: Int?, _ reply: ServerReply, _ attachment: Int? = nil) {
        guard let text = text(.reply(id: id, reply)) else { return }
        connection?.send(text)
        guard let id, let attachment, hasJoined else { return }
        if case .joined = reply { return }
        replies.append(id: id, attachment: attachment, seq: log.lastSeq, text: reply == .ok ? nil : text)
    }

    private func send(_ message: ServerMessage) {
        if let text = text(message) { connection?.send(text) }
    }

    private func send(_ text: String) { connection?.send(text) }

    private func text(_ message: ServerMessage) -> String? {
        if let text = message.text() { return text }
        server.logger.error("a message cannot be written", metadata: ["message": "\(message)"])
        return nil
    }
}
