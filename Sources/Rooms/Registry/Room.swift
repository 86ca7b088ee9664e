import MediaControl
import Primitives

/// One room: an actor that applies requests to `RoomState` and carries out the effects. Commands reach the worker
/// before events reach participants.
actor Room {
    nonisolated let name: String
    nonisolated let number: UInt32
    nonisolated let worker: WorkerInfo
    nonisolated let configuration: RoomsConfiguration
    nonisolated let settings: RoomSettings
    private let media: any MediaPlane
    private let timekeeper: Timekeeper
    private let admissions: Admissions
    private let journal: RoomJournal
    private let randomness: Randomness
    /// Tells the registry that the room is over.
    private let onEnd: @Sendable (Room, DurationHistogram) async -> Void
    private var state: RoomState
    private var queues: [ParticipantID: EventQueue] = [:]
    private var negotiations: [ParticipantID: Negotiation] = [:]
    /// Sleeps until the state's next timeout.
    private var timer: Task<Void, Never>?
    private var timerDeadline: MonotonicInstant?
    private var hasEnded = false

    init(
        name: String, number: UInt32, worker: WorkerInfo, configuration: RoomsConfiguration, settings: RoomSettings,
        media: any MediaPlane, timekeeper: Timekeeper, randomness: Randomness, admissions: Admissions,
        journal: RoomJournal,
        onEnd: @escaping @Sendable (Room, DurationHistogram) async -> Void
    ) {
        self.name = name
        self.number = number
        self.worker = worker
        self.configuration = configuration
        self.settings = settings
        self.media = media
        self.timekeeper = timekeeper
        self.randomness = randomness
        self.admissions = admissions
        self.journal = journal
        self.onEnd = onEnd
        state = RoomState(
            name: name, number: number, configuration: configuration, settings: settings, now: timekeeper.now)
    }

    deinit { timer?.cancel() }

    // MARK: Joining

    /// Whether one like this could come in now.
    /// - Parameter heldPlaces: places that are kept for others, who waited for the room.
    func checkAdmission(of request: JoinRequest, heldPlaces: Int) throws(JoinError) {
        try state.checkAdmission(of: request, heldPlaces: heldPlaces, now: timekeeper.now)
    }

    /// Lets one in.
    /// - Parameter negotiation: of its offer; `nil` where it has none.
    func join(
        _ request: JoinRequest, _ negotiation: Negotiation?, heldPlaces: Int
    ) async throws(JoinError) -> Joined {
        // A moderator may have decided while the offer was read.
        if let refusal = admissions.refusal(of: request.credential, from: name) { throw refusal }
        let (id, effects) = try state.join(
            request, media: negotiation?.media, heldPlaces: heldPlaces, now: timekeeper.now)
        let queue = EventQueue(backlog: configuration.eventBacklog)
        queues[id] = queue
        negotiations[id] = negotiation
        // Read before the next suspension: later changes are delivered as events.
        let standing = state.stage.standing(of: id)
        let joined = Joined(
            session: ParticipantSession(id: id, resumeToken: randomness.token(), room: self),
            answer: negotiation?.answer(fingerprint: media.fingerprint, worker: worker),
            participant: ParticipantInfo(
                id: id, identity: request.identity, name: request.name, role: request.role,
                permissions: request.permissions, attributes: request.attributes, standing: standing),
            room: state.info(now: timekeeper.now), stage: state.stageSnapshot(for: id),
            slots: state.roster[id]?.seating.snapshot ?? [],
            audience: state.audienceCount, events: queue.events)
        carryOut([effects])
        await settle()
        return joined
    }

    // MARK: What participants do

    /// Changes the state as a participant asks, and carries out what follows.
    func perform(
        _ change: @Sendable (inout RoomState, MonotonicInstant) throws(RoomError) -> RoomEffects
    ) async throws(RoomError) {
        let effects = try change(&state, timekeeper.now)
        carryOut([effects])
        await settle()
    }

    /// Takes note that a participant's client has resumed on another connection.
    func resume(_ id: ParticipantID, _ attachment: Int) async throws {
        try admissions.checkResuming(state.requireParticipant(id).credential, in: name)
        let effects = try state.noteSignalingBack(id, attachment: attachment)
        carryOut([effects])
        await settle()
    }

    /// Answers a later offer of a participant: the first one of a participant without media, or a further one.
    func offer(_ offer: MediaOffer, by id: ParticipantID) async throws(RoomError) -> Answered {
        _ = try state.requireParticipant(id)
        let current = negotiations[id]
        let rules = Negotiation.Rules(configuration, settings)
        let next: Negotiation
        do throws(Negotiation.Failure) {
            if let current {
                next = try await current.next(offer, rules, randomness)
            } else {
                next = try await Negotiation.begin(offer, rules, randomness)
            }
        } catch {
            switch error {
            case .badRequest(let message): throw RoomError(.badRequest, message)
            case .badOffer(let message): throw RoomError(.badOffer, message)
            }
        }
        _ = try state.requireParticipant(id)
        guard negotiations[id]?.version == current?.version else {
            throw RoomError(.conflict, "another offer of \(id) was answered meanwhile")
        }
        let effects = try state.negotiate(next.media, of: id, now: timekeeper.now)
        negotiations[id] = next
        carryOut([effects])
        let slots = state.roster[id]?.seating.snapshot ?? []
        await settle()
        return Answered(
            answer: next.answer(fingerprint: media.fingerprint, worker: worker), slots: slots)
    }

    // MARK: What the server does

    /// Takes the worker's events about this room.
    func handle(_ events: [MediaEvent]) async {
        for event in events { carryOut([state.handle(event, now: timekeeper.now)]) }
        await settle()
    }

    /// Runs the timers that are due.
    func handleTimeout() async {
        carryOut(state.handleTimeout(at: timekeeper.now))
        await settle()
    }

    /// Ends the room for everybody.
    func end(_ reason: CloseReason) async {
        guard !state.isOver else { return }
        carryOut([state.end(reason)])
        await settle()
    }

    /// Tells everybody that the server will end.
    func drain(within time: Duration) async {
        carryOut([state.drain(within: time)])
        await settle()
    }

    /// The room's figures.
    var snapshot: RoomSnapshot {
        RoomSnapshot(
            info: state.info(now: timekeeper.now), worker: worker.id, participants: state.roster.count,
            onStage: state.stage.members.count, requests: state.stage.requests.count, stageVersion: state.stage.version,
            promotions: state.promotions)
    }

    /// What the room and its worker know of its participants, from `offset` on; of one alone, where an id or identity is
    /// given.
    func report(of participant: String?, from offset: Int) async -> RoomReport {
        let now = timekeeper.now
        let onStage = state.stage.members
        var ids = onStage.filter { state.roster[$0] != nil } + state.roster.ids.filter { !onStage.contains($0) }
        if let participant {
            ids = ids.filter { $0.description == participant || state.roster[$0]?.identity == participant }
        }
        let page = ids.dropFirst(max(0, offset)).prefix(RoomReport.maximumParticipants)
        var report = RoomReport(
            info: state.info(now: now), worker: worker, participantCount: state.roster.count,
            participants: page.compactMap { participantReport(of: $0, now: now) })
        // The room may change while the worker answers, so its own part was read before.
        let transports = page.map { transport(of: $0) }
        let snapshots = await media.snapshots(of: transports.compactMap(\.self), on: worker.id)
        let byTransport = Dictionary(snapshots.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, transport) in transports.enumerated() {
            report.participants[index].transport = transport.flatMap { byTransport[$0] }
        }
        return report
    }

    // Apart, because the optimizer of Swift 6.3.1 ends with an error where both are part of `report(of:from:)`.
    private func participantReport(of id: ParticipantID, now: MonotonicInstant) -> ParticipantReport? {
        state.roster[id].map { ParticipantReport($0, standing: state.stage.standing(of: id), now: now) }
    }

    @inline(never)
    private func transport(of id: ParticipantID) -> TransportID? { state.roster[id]?.transport }

    /// A page of the participants, in the order in which they came.
    func participants(from offset: Int, limit: Int) -> [ParticipantInfo] {
        state.roster.ids.dropFirst(max(0, offset)).prefix(max(0, limit)).compactMap { id in
            state.roster[id]?.info(standing: state.stage.standing(of: id))
        }
    }

    // MARK: Effects

    private func carryOut(_ effects: [RoomEffects]) {
        var pending = effects
        while !pending.isEmpty {
            var effects = pending.removeFirst()
            for credential in effects.exclusions { admissions.exclude(credential, from: name) }
            for fact in effects.facts { journal.write(fact, in: name, now: timekeeper.now) }
            var commands = effects.commands
            var slow: [ParticipantID] = []
            if effects.seatsAudience {
                // In a large room seating takes longer than the network does.
                let first = effects.opening + effects.gates
                if !first.isEmpty { media.send(first, to: worker.id) }
                deliver(effects.prompt, &slow)
                let seated = state.seatAudience()
                commands = seated.gates + effects.fills + seated.fills + effects.closing
                effects.deliveries += seated.deliveries
            } else {
                effects.deliveries = effects.prompt + effects.deliveries
            }
            if !commands.isEmpty { media.send(commands, to: worker.id) }
            deliver(effects.deliveries, &slow)
            for (id, reason) in effects.departures {
                queues.removeValue(forKey: id)?.close(reason)
                negotiations[id] = nil
            }
            for id in slow { pending.append(state.leave(id, .slowConsumer, now: timekeeper.now)) }
        }
    }

    /// Puts events into their participants' queues.
    /// - Parameter slow: those whose queue is full by that.
    private func deliver(_ deliveries: [RoomEffects.Delivery], _ slow: inout [ParticipantID]) {
        for delivery in deliveries {
            guard let queue = queues[delivery.participant], !queue.send(delivery.event) else { continue }
            if !slow.contains(delivery.participant) { slow.append(delivery.participant) }
        }
    }

    /// Arms the timer, and tells the registry once when the room is over.
    private func settle() async {
        armTimer()
        guard state.isOver, !hasEnded else { return }
        hasEnded = true
        await onEnd(self, state.promotions)
    }

    private func armTimer() {
        state.scheduleSeconds(now: timekeeper.now)
        let deadline = state.nextTimeout
        guard deadline != timerDeadline else { return }
        timerDeadline = deadline
        timer?.cancel()
        timer = nil
        guard let deadline else { return }
        timer = Task { [weak self, timekeeper] in
            guard (try? await timekeeper.sleep(until: deadline)) != nil else { return }
            await self?.handleTimeout()
        }
    }
}
