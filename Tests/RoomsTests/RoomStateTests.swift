import ICE
import MediaControl
import Primitives
import RTP
import Testing

@testable import Rooms

extension RoomState {
    /// Lets one in as `RoomStateTests.arrival` makes it.
    mutating func join(
        _ arrival: (request: JoinRequest, media: NegotiatedMedia), now: MonotonicInstant
    ) throws(JoinError) -> (ParticipantID, RoomEffects) {
        try join(arrival.request, media: arrival.media, now: now)
    }
}

struct RoomStateTests {
    func arrival(_ identity: String, _ role: Role) -> (JoinRequest, NegotiatedMedia) {
        let slots = (0..<6).flatMap { seat in
            [
                PlannedSlot(mid: "\(seat)a", kind: .audio, use: .seat, number: seat),
                PlannedSlot(mid: "\(seat)v", kind: .video, use: .seat, number: seat),
            ]
        }
        let media = NegotiatedMedia(
            receive: [
                .init(mid: "m", kind: .audio, payloads: [], extensions: .init(), encodings: [.init()]),
                .init(mid: "c", kind: .video, payloads: [], extensions: .init(), encodings: [.init()]),
            ],
            send: slots.map {
                .init(mid: $0.mid, kind: $0.kind, payloads: [], extensions: .init(), ssrc: .init(1), cname: "c")
            },
            localCredentials: .init(usernameFragment: "u", password: "p"),
            remoteCredentials: .init(usernameFragment: "u", password: "p"), remoteFingerprints: [],
            hasDataSection: false, sources: ["m": .microphone, "c": .camera], slots: slots)
        return (JoinRequest(room: "r", identity: identity, name: identity, role: role, media: .none), media)
    }

    @Test func aRoomThatEndedTakesNobodyAndTellsWhy() throws {
        var state = RoomState(name: "r", number: 1, configuration: RoomsConfiguration(), now: .zero)
        #expect(state.nextTimeout == .zero + .seconds(30))
        #expect(state.handleTimeout(at: .zero + .seconds(30)).count == 1)
        #expect(state.isOver && state.nextTimeout == nil)
        let error = #expect(throws: JoinError.self) { try state.join(arrival("late", .viewer), now: .zero) }
        #expect(error?.code == .roomEnded)
    }

    @Test func eventsOfTransportsAndTracksThatAreGoneChangeNothing() throws {
        var state = RoomState(name: "r", number: 1, configuration: RoomsConfiguration(), now: .zero)
        _ = try state.join(arrival("ann", .host), now: .zero)
        let gone = TransportID(rawValue: 9_999)
        let events: [MediaEvent] = [
            .transportConnected(gone), .transportClosed(gone, .closedByPeer), .trackStarted(TrackID(rawValue: 9_999)),
            .slotChanged(gone, slot: -1, TrackID(rawValue: 1), .cannotDecode),
            .statistics(WorkerStatistics(worker: WorkerID(rawValue: 0))),
        ]
        for event in events {
            let effects = state.handle(event, now: .zero)
            #expect(effects.commands.isEmpty && effects.deliveries.isEmpty && effects.departures.isEmpty)
        }
    }

    @Test func tooManyRaisedHandsAreRefused() throws {
        var configuration = RoomsConfiguration()
        configuration.settings.maximumRequests = 1
        var state = RoomState(name: "r", number: 1, configuration: configuration, now: .zero)
        let (one, _) = try state.join(arrival("one", .viewer), now: .zero)
        let (two, _) = try state.join(arrival("two", .viewer), now: .zero)
        _ = try state.stage(.request, by: one, .none, now: .zero)
        let error = #expect(throws: RoomError.self) { try state.stage(.request, by: two, .none, now: .zero) }
        #expect(error?.code == .queueFull)
    }

    @Test func aRoomOfThousandsPromotesInOneSending() throws {
        var configuration = RoomsConfiguration()
        configuration.settings.maximumParticipants = 5_000
        var state = RoomState(name: "large", number: 1, configuration: configuration, now: .zero)
        let (host, _) = try state.join(arrival("host", .host), now: .zero)
        var last = host
        for number in 1..<2_000 { last = try state.join(arrival("v\(number)", .viewer), now: .zero).0 }
        let full = state.roster.count
        #expect(full == 2_000)
        _ = try state.stage(.request, by: last, .none, now: .zero)
        _ = try state.publish(.camera, by: last)
        let effects = try state.moderate(.approve(last), by: host, .none, now: .zero)
        #expect(effects.opening.isEmpty && effects.closing.isEmpty)
        #expect(effects.gates.count == 1)
        #expect(effects.fills.isEmpty && effects.seatsAudience, "the gate does not wait for the seats")
        #expect(effects.prompt.map(\.participant) == [last])
        #expect(state.seatAudience().fills.count == 1_999, "everybody but the newcomer gets one picture")
    }
}
