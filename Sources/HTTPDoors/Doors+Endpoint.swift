import Admission
import HTTPTypes
import Hummingbird
import Logging
import Primitives
import Rooms
import SDP

extension Doors {
    static let endpointMethods = "POST, OPTIONS, GET, HEAD"
    /// Octets of the `participant` in a URL.
    static let maximumParticipantOctets = 128

    /// RFC 9725 section 4.2.
    func respond(to request: Request, endpoint door: Door, room: String) async throws(DoorProblem) -> Response {
        switch request.method {
        case .post: return try await open(request, door, room: room)
        case .options: return options(request, door, room: room)
        // There is nothing to be seen (RFC 9725 section 4.1).
        case .get, .head: return Response(status: .noContent)
        default: throw Self.methodNotAllowed(request.method, allowed: Self.endpointMethods)
        }
    }

    /// Names the ICE servers to those who may come in: clients that need them before they offer ask for them so. Everybody
    /// else, and a preflight, is told the methods alone (RFC 9725 section 4.6).
    private func options(_ request: Request, _ door: Door, room: String) -> Response {
        var response = Self.options(Self.endpointMethods, accepts: (.acceptPost, DoorMediaType.sdp))
        guard request.headers[.accessControlRequestMethod] == nil else { return response }
        let now = secondsSince1970()
        let entry = try? authorization.entry(
            door, room: room, authorization: request.headers[.authorization], name: nil, player: "", now: now)
        guard entry != nil else { return response }
        response.headers.addLinks(to: configuration.iceServers.entries(for: "\(room)/\(door.rawValue)", now: now))
        if response.headers[.link] != nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private func open(_ request: Request, _ door: Door, room: String) async throws(DoorProblem) -> Response {
        let query = try DoorQuery(request.uri.query)
        let watches = query["participant"]
        guard watches.map({ (1...Self.maximumParticipantOctets).contains($0.utf8.count) }) ?? true else {
            throw DoorProblem(
                .badRequest, .badRequest,
                "the participant in the URL must have 1 to \(Self.maximumParticipantOctets) octets")
        }
        var randomness = randomness
        let entry: DoorAuthorization.Entry
        do throws(DoorProblem) {
            entry = try authorization.entry(
                door, room: room, authorization: request.headers[.authorization], name: query["name"],
                player: "whep:\(randomness.secret(words: 2))", now: secondsSince1970())
        } catch {
            rooms.noteRefusal(
                room: room, identity: query["name"] ?? "", role: door.rawValue,
                code: error.code.rawValue, message: error.detail)
            throw error
        }
        guard DoorMediaType.matches(request.headers[.contentType], DoorMediaType.sdp) else {
            throw DoorProblem(
                .unsupportedMediaType, .unsupportedMediaType,
                "expected an SDP offer as \(DoorMediaType.sdp), came \(request.headers[.contentType] ?? "no Content-Type")",
                fields: [.acceptPost: DoorMediaType.sdp])
        }
        let text = try await Self.text(of: request, limit: configuration.maximumOfferOctets)
        try await sessions.reserve(now: now())
        do throws(DoorProblem) {
            let offer = try DoorOffer(parsing: text, for: door)
            let joined = try await join(door, room: room, entry, offer, watches: watches)
            let id = randomness.secret(words: 3)
            let session = DoorSession(
                path: .session(door, room: room, id: id), id: id, participant: joined.session,
                entityTag: "\"\(randomness.secret(words: 1))\"", credentials: offer.credentials,
                authority: entry.authority, patches: TokenBucket(perSecond: configuration.patchesPerSecond))
            await sessions.add(session)
            for slot in await sessions.noteUndecodable(in: joined.slots, of: id) { tellUndecodable(slot, session) }
            follow(joined.events, session)
            return created(session, answer: joined.answer ?? "", undecodable: await sessions.undecodable(of: id))
        } catch {
            await sessions.giveUp()
            throw error
        }
    }

    private func join(
        _ door: Door, room: String, _ entry: DoorAuthorization.Entry, _ offer: DoorOffer, watches: String?
    ) async throws(DoorProblem) -> Joined {
        let grant = entry.grant
        if door == .whip {
            let sources = [TrackSource.microphone, .camera].filter { offer.kinds.contains($0.kind) }
            if let source = sources.first(where: { !grant.permissions.publish.contains($0) }) {
                throw DoorProblem(.forbidden, .forbidden, "the token does not allow to publish a \(source.rawValue)")
            }
        }
        let joined: Joined
        do {
            // Whoever holds a token for a room was meant to find it, whether or not anybody came before.
            joined = try await rooms.join(
                JoinRequest(
                    room: room, identity: grant.identity, name: grant.name, role: grant.role,
                    permissions: grant.permissions,
                    media: .offer(MediaOffer(offer.offer, refusesPartialAnswers: true, answerStyle: .whip)),
                    autoPublish: door == .whip, watches: watches, createsRoom: true, isEncrypted: grant.isEncrypted,
                    attributes: entry.attributes, credential: grant.credential,
                    isSelfAppointed: grant.isSelfAppointed))
        } catch {
            throw DoorProblem(error)
        }
        guard door == .whep || joined.participant.standing == .onStage else {
            await joined.session.leave()
            throw .passing(
                .serviceUnavailable, .stageFull,
                "the stage has \(joined.room.stageCapacity) members, as many as it takes")
        }
        return joined
    }

    /// Says which player cannot decode what is on stage.
    private func tellUndecodable(_ slot: SlotInfo, _ session: DoorSession) {
        logger.notice(
            "a WHEP client takes no format in which a track is sent",
            metadata: [
                "room": "\(session.path.room)", "participant": "\(session.participant.id)", "mid": "\(slot.mid)",
                "publisher": "\(slot.content.map { "\($0.participant)" } ?? "")",
                "source": "\(slot.content?.source.rawValue ?? "")",
            ])
    }

    private func created(_ session: DoorSession, answer: String, undecodable: String?) -> Response {
        var response = Response(
            status: .created, body: .init(byteBuffer: ByteBuffer(string: answer)))
        response.headers[.contentType] = DoorMediaType.sdp
        response.headers[.location] = session.path.text
        response.headers[.eTag] = session.entityTag
        response.headers[.acceptPatch] = DoorMediaType.fragment
        response.headers[.cacheControl] = "no-store"
        response.headers[.cannotDecode] = undecodable
        response.headers.addLinks(
            to: configuration.iceServers.entries(
                for: "\(session.path.room)/\(session.participant.id)", now: secondsSince1970()))
        return response
    }

    /// Reads what the room tells the participant, until it is over; then the session's resource is gone.
    private func follow(_ events: AsyncStream<RoomEvent>, _ session: DoorSession) {
        Task { [sessions, logger] in
            for await event in events {
                switch event {
                case .stageState(.invited, _, _):
                    // There is nobody to ask: who publishes wants to be on stage, who plays does not.
                    let isPublisher = if case .session(.whip, _, _) = session.path { true } else { false }
                    try? await session.participant.stage(isPublisher ? .accept : .decline)
                case .closed(let reason):
                    logger.debug("ended", metadata: ["session": "\(session.participant.id)", "reason": "\(reason)"])
                case .slots(let slots):
                    for slot in await sessions.noteUndecodable(in: slots, of: session.id) {
                        tellUndecodable(slot, session)
                    }
                case .undecodable(let source):
                    await sessions.noteUnseen(source, of: session.id)
                    logger.notice(
                        "a viewer takes no format in which a WHIP client sends",
                        metadata: [
                            "room": "\(session.path.room)", "participant": "\(session.participant.id)",
                            "source": "\(source.rawValue)",
                        ])
                // `encodings` and `secondCodec` too: WHIP has no word for them, and an encoder no means.
                case .stage, .stageState, .audience, .encodings, .secondCodec, .permissions, .muteRequested, .room,
                    .transportConnected, .speakers, .quality, .draining:
                    break
                }
            }
            await sessions.remove(session.id)
        }
    }
}

extension Randomness {
    /// 64 random bits a word, in hexadecimal.
    fileprivate mutating func secret(words: Int) -> String {
        (0..<words).map { _ in
            let digits = String(next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension DoorProblem {
    fileprivate init(_ error: JoinError) {
        switch error.code {
        case .badRequest: self.init(.badRequest, .badRequest, error.message)
        case .badOffer: self.init(.unprocessableContent, .cannotNegotiate, error.message)
        case .noSuchRoom: self.init(.notFound, .noSuchRoom, error.message)
        case .roomLocked: self.init(.forbidden, .roomLocked, error.message)
        case .encryptionDiffers: self.init(.conflict, .encryptionDiffers, error.message)
        case .removed: self.init(.forbidden, .removed, error.message)
        case .invitationRevoked: self.init(.forbidden, .invitationRevoked, error.message)
        case .hostTaken: self.init(.conflict, .hostTaken, error.message)
        case .tokenExpired: self.init(.unauthorized, .badToken, error.message)
        case .roomEnded: self = .passing(.conflict, .roomEnded, error.message)
        case .roomFull: self = .passing(.serviceUnavailable, .roomFull, error.message)
        case .serverFull: self = .passing(.serviceUnavailable, .serverFull, error.message)
        case .draining: self = .passing(.serviceUnavailable, .draining, error.message)
        }
    }
}
