import Foundation
import MediaControl
import Primitives

/// All rooms of the server: makes them, finds them, brings the workers' events to them.
package actor RoomRegistry: RoomDirectory {
    private let configuration: RoomsConfiguration
    private let media: any MediaPlane
    private nonisolated let timekeeper: Timekeeper
    private let randomness: Randomness
    package nonisolated let admissions: Admissions
    private nonisolated let journal: RoomJournal
    private nonisolated let waiting: WaitingLine
    private var rooms: [String: Room] = [:]
    private var roomsByNumber: [UInt32: Room] = [:]
    private var lastNumber: UInt32 = 0
    private var isDraining = false
    private var statistics: [WorkerID: WorkerStatistics] = [:]
    /// Joins since the worker's last report, which does not know of them yet.
    private var joins: [WorkerID: Int] = [:]
    /// Of rooms that ended.
    private var endedPromotions = DurationHistogram()

    /// - Parameters:
    ///   - secondsSince1970: the wall clock that tokens are held against.
    ///   - journal: where joins, refusals and the like are noted.
    ///
    /// The configuration has been validated. `run` must be running for media to have any effect on rooms.
    package init(
        configuration: RoomsConfiguration, media: any MediaPlane, clock: any Clock<Duration>,
        randomness: Randomness = .system,
        secondsSince1970: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) },
        journal: RoomJournal = .silent
    ) {
        self.configuration = configuration
        self.media = media
        timekeeper = Timekeeper(clock)
        self.randomness = randomness
        admissions = Admissions(secondsSince1970: secondsSince1970)
        self.journal = journal
        waiting = WaitingLine(timekeeper)
    }

    /// Takes the workers' events until cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in media.workers {
                group.addTask { [media] in
                    for await batch in media.events(of: worker.id) { await self.handle(batch, from: worker.id) }
                }
            }
        }
    }

    // MARK: Joining

    package func join(_ request: JoinRequest) async throws(JoinError) -> Joined {
        try await join(request, hasPlace: false)
    }

    /// - Parameter hasPlace: whether the request waited, so that a place in the room is kept for it.
    private func join(_ request: JoinRequest, hasPlace: Bool) async throws(JoinError) -> Joined {
        do {
            return try await admit(request, hasPlace: hasPlace)
        } catch {
            noteRefusal(error, of: request)
            throw error
        }
    }

    private nonisolated func noteRefusal(_ refusal: JoinError, of request: JoinRequest) {
        noteRefusal(
            room: request.room, identity: request.identity, role: request.role.rawValue, code: refusal.code.rawValue,
            message: refusal.message)
    }

    package nonisolated func joinWhenOpen(
        _ request: JoinRequest, onWaiting: @Sendable () async -> Void
    ) async throws -> Joined {
        guard await !canJoin(request) else { return try await join(request) }
        await onWaiting()
        repeat {
            let deadline = request.credential.map {
                timekeeper.now + .seconds(min(max(0, $0.expiresAt - admissions.now), Self.longestWait))
            }
            do {
                try await waiting.wait(
                    for: request.room, octets: request.media.octets, until: deadline,
                    isOpen: { await self.canJoin(request) })
            } catch let error as JoinError {
                noteRefusal(error, of: request)
                throw error
            }
            guard await canJoin(request) else {
                // The room ended before the turn came.
                await waiting.giveUpPlace(in: request.room)
                continue
            }
            let outcome: Result<Joined, JoinError>
            do throws(JoinError) {
                outcome = .success(try await join(request, hasPlace: true))
            } catch {
                outcome = .failure(error)
            }
            await waiting.giveUpPlace(in: request.room)
            return try outcome.get()
        } while true
    }

    /// How many wait for rooms to open.
    package var waitingCount: Int { get async { await waiting.count } }

    /// Seconds: some tokens expire in centuries.
    private static let longestWait = 30 * 86_400

    /// Whether the request finds a room, makes one, or is refused for another reason than that there is none.
    private func canJoin(_ request: JoinRequest) -> Bool {
        isDraining || rooms[request.room] != nil || request.createsRoom
            || admissions.refusal(of: request.credential, from: request.room) != nil
    }

    package nonisolated func noteRefusal(room: String, identity: String, role: String, code: String, message: String) {
        journal.write(
            .refused(identity: identity, role: role, code: code, message: message), in: room, now: timekeeper.now)
    }

    private func admit(_ request: JoinRequest, hasPlace: Bool) async throws(JoinError) -> Joined {
        try check(request)
        if let refusal = admissions.refusal(of: request.credential, from: request.room) { throw refusal }
        let settings: RoomSettings
        // Cheap reasons to refuse come before the costly reading of the offer.
        if let room = rooms[request.room] {
            settings = room.settings
            try check(room, isEncrypted: request.isEncrypted)
            try await room.checkAdmission(of: request, heldPlaces: await heldPlaces(against: request, hasPlace))
        } else {
            settings = configuration.settings.encrypted(request.isEncrypted)
            try checkCreation(request)
        }
        let negotiation: Negotiation?
        do {
            negotiation = try await Negotiation.begin(
                request.media, .init(configuration, settings), randomness)
        } catch {
            switch error {
            case .badRequest(let message): throw JoinError(.badRequest, message)
            case .badOffer(let message): throw JoinError(.badOffer, message)
            }
        }
        let heldPlaces = await heldPlaces(against: request, hasPlace)
        guard !isDraining else { throw JoinError.draining }
        let room = try findOrCreate(request)
        // Another may have made it, or made it anew, while the offer was read.
        try check(room, isEncrypted: settings.hasEncryptedPayloads)
        let joined: Joined
        do {
            joined = try await room.join(request, negotiation, heldPlaces: heldPlaces)
        } catch  where error.code == .roomEnded {
            // It ended this moment, because it was empty for too long, say; a newcomer gets a new one.
            forget(room)
            let next = try findOrCreate(request)
            try check(next, isEncrypted: settings.hasEncryptedPayloads)
            joined = try await next.join(request, negotiation, heldPlaces: heldPlaces)
        }
        joins[room.worker.id, default: 0] += 1
        return joined
    }

    /// Places that the request has to leave to those who waited for the room.
    private func heldPlaces(against request: JoinRequest, _ hasPlace: Bool) async -> Int {
        hasPlace ? 0 : await waiting.heldPlaces(in: request.room)
    }

    private func check(_ request: JoinRequest) throws(JoinError) {
        guard !isDraining else { throw JoinError.draining }
        try check(roomName: request.room)
        if let problem = PersonName.problem(identity: request.identity) {
            throw JoinError(.badRequest, "the identity \(problem)")
        }
        if let problem = PersonName.problem(request.name) { throw JoinError(.badRequest, "the name \(problem)") }
        guard request.attributes.count <= configuration.maximumAttributes else {
            throw JoinError(
                .badRequest,
                "\(request.attributes.count) attributes came, at most \(configuration.maximumAttributes) are taken")
        }
        for (key, value) in request.attributes {
            try check(key + value, "attribute \(quoted(key))", 0...configuration.maximumAttributeOctets)
        }
    }

    private func check(roomName name: String) throws(JoinError) {
        guard RoomName.isValid(name) else {
            throw JoinError(.badRequest, "a room's name is \(RoomName.rule), not \(quoted(name))")
        }
    }

    private func check(_ text: String, _ what: String, _ octets: ClosedRange<Int>) throws(JoinError) {
        guard octets.contains(text.utf8.count) else {
            throw JoinError(
                .badRequest,
                "the \(what) has \(text.utf8.count) octets, not \(octets.lowerBound) to \(octets.upperBound)")
        }
    }

    private func check(_ room: Room, isEncrypted: Bool?) throws(JoinError) {
        guard let isEncrypted, isEncrypted != room.settings.hasEncryptedPayloads else { return }
        throw JoinError(
            .encryptionDiffers,
            "payloads in the room \(quoted(room.name)) are \(isEncrypted ? "not " : "")encrypted end to end")
    }

    private func checkCreation(_ request: JoinRequest) throws(JoinError) {
        guard request.createsRoom || configuration.createsRoomsOnDemand else {
            throw JoinError(.noSuchRoom, "there is no room \(quoted(request.room))")
        }
        try checkCapacity()
    }

    private func checkCapacity() throws(JoinError) {
        guard rooms.count < configuration.maximumRooms else {
            throw JoinError(.serverFull, "the server has \(rooms.count) rooms, as many as it takes")
        }
    }

    private func findOrCreate(_ request: JoinRequest) throws(JoinError) -> Room {
        if let room = rooms[request.room] { return room }
        try checkCreation(request)
        return try make(request.room, configuration.settings.encrypted(request.isEncrypted))
    }

    package func makeRoom(_ name: String, settings: RoomSettings) throws(JoinError) -> Bool {
        guard !isDraining else { throw JoinError.draining }
        try check(roomName: name)
        let problems = settings.validate()
        guard problems.isEmpty else { throw JoinError(.badRequest, problems.joined(separator: "; ")) }
        guard rooms[name] == nil else { return false }
        try checkCapacity()
        let room = try make(name, settings)
        Task { await room.handleTimeout() }
        return true
    }

    private func make(_ name: String, _ settings: RoomSettings) throws(JoinError) -> Room {
        guard let worker = media.workers.min(by: { load(of: $0.id) < load(of: $1.id) }) else {
            throw JoinError(.serverFull, "the server has no media workers")
        }
        repeat { lastNumber &+= 1 } while lastNumber == 0 || roomsByNumber[lastNumber] != nil
        let room = Room(
            name: name, number: lastNumber, worker: worker, configuration: configuration, settings: settings,
            media: media, timekeeper: timekeeper, randomness: randomness, admissions: admissions, journal: journal
        ) { [weak self] room, promotions in
            await self?.noteEnd(of: room, promotions)
        }
        rooms[name] = room
        roomsByNumber[lastNumber] = room
        Task { await waiting.open(name) }
        return room
    }

    /// Transports of the worker, by its last report and by the joins since.
    private func load(of worker: WorkerID) -> Int {
        (statistics[worker]?.transports ?? 0) + (joins[worker] ?? 0)
    }

    // MARK: Ending

    /// Takes no new participants and tells everybody that the server will end within this time.
    package func drain(within time: Duration) async {
        isDraining = true
        await waiting.close()
        for room in rooms.values { await room.drain(within: time) }
    }

    /// Ends all rooms because the server ends; takes no new participants.
    package func shutDown() async {
        isDraining = true
        await waiting.close()
        for room in rooms.values { await room.end(.serverStopping) }
    }

    package func close(room name: String) async -> Bool {
        guard let room = rooms[name] else { return false }
        await room.end(.roomEnded)
        return true
    }

    private func noteEnd(of room: Room, _ promotions: DurationHistogram) {
        endedPromotions.add(promotions)
        forget(room)
    }

    private func forget(_ room: Room) {
        if rooms[room.name] === room { rooms[room.name] = nil }
        if roomsByNumber[room.number] === room { roomsByNumber[room.number] = nil }
    }

    // MARK: Events and figures

    /// Distributes a worker's events to the rooms that they concern.
    func handle(_ batch: [MediaEvent], from worker: WorkerID) async {
        var byRoom: [UInt32: [MediaEvent]] = [:]
        for event in batch {
            switch event {
            case .transportConnected(let transport), .transportClosed(let transport, _),
                .slotChanged(let transport, _, _, _), .transportSilent(let transport, _), .quality(let transport, _):
                byRoom[RoomState.number(of: transport.rawValue), default: []].append(event)
            case .trackStarted(let track), .encodingsWanted(let track, _), .keyframeMissing(let track, _, _, _):
                byRoom[RoomState.number(of: track.rawValue), default: []].append(event)
            case .speakers(let changes):
                for (room, changes) in Dictionary(grouping: changes, by: { RoomState.number(of: $0.track.rawValue) }) {
                    byRoom[room, default: []].append(.speakers(changes))
                }
            case .statistics(let report):
                statistics[worker] = report
                joins[worker] = 0
            }
        }
        for (number, events) in byRoom { await roomsByNumber[number]?.handle(events) }
    }

    package func snapshot() async -> RegistrySnapshot {
        var snapshots: [RoomSnapshot] = []
        for room in rooms.values { snapshots.append(await room.snapshot) }
        var promotions = endedPromotions
        for room in snapshots { promotions.add(room.promotions) }
        return RegistrySnapshot(
            rooms: snapshots.sorted { $0.info.name < $1.info.name },
            workers: media.workers.compactMap { statistics[$0.id] }, promotions: promotions, isDraining: isDraining)
    }

    package func participants(of room: String, from offset: Int, limit: Int) async -> [ParticipantInfo]? {
        await rooms[room]?.participants(from: offset, limit: limit)
    }

    /// State of a room's participants in the room and in its worker, from `offset` on, or of the one participant with
    /// this id or identity.
    /// `nil` when there is no such room.
    package func report(of room: String, participant: String? = nil, from offset: Int = 0) async -> RoomReport? {
        await rooms[room]?.report(of: participant, from: offset)
    }

    /// Runs the due timers of all rooms. Rooms also do this by themselves; tests in virtual time call it explicitly.
    package func handleTimeouts() async {
        for room in rooms.values { await room.handleTimeout() }
    }
}
