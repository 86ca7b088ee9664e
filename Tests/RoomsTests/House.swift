import MediaControl
import Primitives
import RTP
import SDP
import Synchronization
import TestSupport
import Testing

@testable import Rooms

/// A registry with a media plane that records and a clock that stands still.
struct House {
    let plane: RecordingMediaPlane
    let clock = ManualClock()
    /// What the server's log would say.
    let log = Log()
    let registry: RoomRegistry

    init(workers: Int = 1, seed: UInt64 = 1, _ adjust: (inout RoomsConfiguration) -> Void = { _ in }) throws {
        plane = try RecordingMediaPlane(workers: workers)
        var configuration = RoomsConfiguration()
        configuration.createsRoomsOnDemand = true
        adjust(&configuration)
        #expect(configuration.validate() == [])
        let generator = SharedGenerator(seed: seed)
        registry = RoomRegistry(
            configuration: configuration, media: plane, clock: clock, randomness: Randomness { generator.next() },
            secondsSince1970: { [clock] in Self.start + Int(clock.now.offset.components.seconds) },
            journal: RoomJournal { [log] text, fields in log.write(text, fields) })
    }

    /// Seconds since 1970 at the beginning of each test.
    static let start = 1_800_000_000

    /// Runs the registry, so that what the plane tells arrives, while `body` does.
    func running(_ body: () async throws -> Void) async rethrows {
        let run = Task { await registry.run() }
        defer { run.cancel() }
        try await body()
    }

    func join(
        _ identity: String, _ role: Role = .viewer, room: String = "stage", offer: String? = nil,
        permissions: Permissions? = nil, autoPublish: Bool = false, createsRoom: Bool = false,
        isEncrypted: Bool? = nil, credential: Credential? = nil, isSelfAppointed: Bool = false
    ) async throws -> Joined {
        try await registry.join(
            request(
                identity, role, room: room, offer: offer, permissions: permissions, autoPublish: autoPublish,
                createsRoom: createsRoom, isEncrypted: isEncrypted, credential: credential,
                isSelfAppointed: isSelfAppointed))
    }

    func request(
        _ identity: String, _ role: Role = .viewer, room: String = "stage", offer: String? = nil,
        permissions: Permissions? = nil, autoPublish: Bool = false, createsRoom: Bool = false,
        isEncrypted: Bool? = nil, credential: Credential? = nil, isSelfAppointed: Bool = false
    ) throws -> JoinRequest {
        var request = JoinRequest(
            room: room, identity: identity, name: identity.uppercased(), role: role, permissions: permissions,
            media: .none, autoPublish: autoPublish, createsRoom: createsRoom, isEncrypted: isEncrypted,
            credential: credential, isSelfAppointed: isSelfAppointed)
        request.media = try offer.map { .text($0) } ?? Self.seats
        return request
    }

    /// Lets the worker tell that the participant's media is there, and waits until the room knows.
    func connect(_ joined: Joined, transport index: Int) async {
        plane.tell([.transportConnected(plane.opened[index].id)])
        for await event in joined.events where event == .transportConnected { return }
    }

    /// Moves the clock and lets the rooms do what is due.
    func pass(_ time: Duration) async {
        clock.advance(by: time)
        await registry.handleTimeouts()
    }

    /// Everything that a participant was told; ends the house.
    func history(of joined: Joined) async -> [RoomEvent] {
        await registry.shutDown()
        var history: [RoomEvent] = []
        for await event in joined.events { history.append(event) }
        return history
    }

    /// The seats offer with all that its sections are for.
    static var seats: JoinMedia {
        get throws { .text(try Fixture.text("sdp/chromium_seats_vp8_opus.sdp"), publish: publish, slots: slots) }
    }

    /// What the sections of the seats offer publish.
    static let publish = [
        PublishRequest(mid: "0", source: .microphone), PublishRequest(mid: "1", source: .camera),
        PublishRequest(mid: "2", source: .screen), PublishRequest(mid: "3", source: .screenAudio),
    ]

    /// What the slots of the seats offer are for: six seats, a screen, three more voices.
    static let slots =
        (0..<6).flatMap { seat in
            [
                SlotRequest(mid: "\(4 + 2 * seat)", use: .seat, number: seat),
                SlotRequest(mid: "\(5 + 2 * seat)", use: .seat, number: seat),
            ]
        } + [SlotRequest(mid: "16", use: .screen, number: 0), SlotRequest(mid: "17", use: .screen, number: 0)]
        + (0..<3).map { SlotRequest(mid: "\(18 + $0)", use: .audio, number: $0) }
}

extension JoinMedia {
    /// An offer as a front of text has it.
    static func text(
        _ offer: String, publish: [PublishRequest] = [], slots: [SlotRequest] = []
    ) -> JoinMedia {
        .unread(octets: offer.utf8.count) { () throws(OfferError) in
            MediaOffer(try Offer(parsing: offer), publish: publish, slots: slots)
        }
    }
}

extension MediaOffer {
    /// The offer in this text.
    init(_ text: String, publish: [PublishRequest] = [], slots: [SlotRequest] = []) throws(OfferError) {
        self.init(try Offer(parsing: text), publish: publish, slots: slots)
    }
}

/// Keeps the lines of the server's log.
final class Log: Sendable {
    private let entries = Mutex<[String]>([])
    func write(_ text: String, _ fields: [(name: String, value: String)]) {
        entries.withLock { $0.append(text + fields.map { " \($0.name)=\($0.value)" }.joined()) }
    }
    var lines: [String] { entries.withLock { $0 } }
}

/// A seeded generator that many draw from.
final class SharedGenerator: Sendable {
    private let generator: Mutex<SeededGenerator>
    init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }
    func next() -> UInt64 { generator.withLock { $0.next() } }
}

extension AsyncStream<RoomEvent>.Iterator {
    /// The next event that `match` finds something in; the ones before are skipped.
    mutating func next<Found>(_ match: (RoomEvent) -> Found?) async -> Found? {
        while let event = await next() {
            if let found = match(event) { return found }
        }
        return nil
    }
}

extension RoomEvent {
    var slotChanges: [SlotInfo]? { if case .slots(let slots) = self { slots } else { nil } }
    var stageDelta: StageDelta? { if case .stage(let delta) = self { delta } else { nil } }
    var audienceCount: Int? { if case .audience(let count) = self { count } else { nil } }
    var closeReason: CloseReason? { if case .closed(let reason) = self { reason } else { nil } }
    var ownStanding: StageStanding? { if case .stageState(let standing, _, _) = self { standing } else { nil } }
}

func participant(_ number: UInt32) throws -> ParticipantID { try #require(ParticipantID(number: number)) }
