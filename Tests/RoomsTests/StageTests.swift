import Primitives
import Testing

@testable import Rooms

struct StageTests {
    private func stage(capacity: Int = 4, maximumRequests: Int = 10) -> Stage {
        Stage(capacity: capacity, maximumRequests: maximumRequests, invitationLifetime: .seconds(60))
    }

    /// A stage on which the participant stands so.
    private func stage(_ standing: StageStanding, _ id: ParticipantID) -> Stage {
        var stage = stage()
        switch standing {
        case .audience: break
        case .requested: _ = stage.apply(.request, to: id, now: .zero)
        case .invited: _ = stage.apply(.invite, to: id, now: .zero)
        case .onStage: _ = stage.enter(id, now: .zero)
        }
        return stage
    }

    private struct Row {
        var transition: StageTransition
        var from: StageStanding
        var outcome: Stage.OnTransition
        init(_ transition: StageTransition, _ from: StageStanding, _ outcome: Stage.OnTransition) {
            self.transition = transition
            self.from = from
            self.outcome = outcome
        }
    }

    private static let table: [Row] = [
        Row(.request, .audience, .changed(to: .requested, cause: .requested)),
        Row(.request, .requested, .unchanged),
        Row(.request, .invited, .refused(.invited)),
        Row(.request, .onStage, .refused(.onStage)),
        Row(.withdraw, .audience, .unchanged),
        Row(.withdraw, .requested, .changed(to: .audience, cause: .withdrawn)),
        Row(.withdraw, .invited, .refused(.invited)),
        Row(.withdraw, .onStage, .refused(.onStage)),
        Row(.approve, .audience, .refused(.audience)),
        Row(.approve, .requested, .changed(to: .onStage, cause: .approved)),
        Row(.approve, .invited, .refused(.invited)),
        Row(.approve, .onStage, .unchanged),
        Row(.deny, .audience, .unchanged),
        Row(.deny, .requested, .changed(to: .audience, cause: .denied)),
        Row(.deny, .invited, .refused(.invited)),
        Row(.deny, .onStage, .refused(.onStage)),
        Row(.invite, .audience, .changed(to: .invited, cause: .invited)),
        Row(.invite, .requested, .refused(.requested)),
        Row(.invite, .invited, .unchanged),
        Row(.invite, .onStage, .refused(.onStage)),
        Row(.accept, .audience, .refused(.audience)),
        Row(.accept, .requested, .refused(.requested)),
        Row(.accept, .invited, .changed(to: .onStage, cause: .accepted)),
        Row(.accept, .onStage, .unchanged),
        Row(.decline, .audience, .unchanged),
        Row(.decline, .requested, .refused(.requested)),
        Row(.decline, .invited, .changed(to: .audience, cause: .declined)),
        Row(.decline, .onStage, .refused(.onStage)),
        Row(.expire, .audience, .unchanged),
        Row(.expire, .requested, .refused(.requested)),
        Row(.expire, .invited, .changed(to: .audience, cause: .expired)),
        Row(.expire, .onStage, .refused(.onStage)),
        Row(.leave, .audience, .unchanged),
        Row(.leave, .requested, .refused(.requested)),
        Row(.leave, .invited, .refused(.invited)),
        Row(.leave, .onStage, .changed(to: .audience, cause: .left)),
        Row(.demote, .audience, .unchanged),
        Row(.demote, .requested, .refused(.requested)),
        Row(.demote, .invited, .refused(.invited)),
        Row(.demote, .onStage, .changed(to: .audience, cause: .demoted)),
    ]

    @Test func everyTransitionFromEveryStandingEndsAsTheTableSays() throws {
        let id = try participant(1)
        #expect(Self.table.count == StageTransition.allCases.count * StageStanding.allCases.count)
        for row in Self.table {
            var stage = stage(row.from, id)
            let version = stage.version
            #expect(stage.standing(of: id) == row.from)
            #expect(stage.apply(row.transition, to: id, now: .zero) == row.outcome, "\(row.transition) \(row.from)")
            if case .changed(let to, _) = row.outcome {
                #expect(stage.standing(of: id) == to)
                #expect(stage.version == version + 1)
            } else {
                #expect(stage.standing(of: id) == row.from)
                #expect(stage.version == version)
            }
        }
    }

    @Test func twoHostsWhoDecideOnTheSameVersionEndInOneOrder() throws {
        let id = try participant(1)
        var stage = stage(.requested, id)
        let seen = stage.version
        #expect(stage.apply(.deny, to: id, expecting: seen, now: .zero) == .changed(to: .audience, cause: .denied))
        #expect(stage.apply(.approve, to: id, expecting: seen, now: .zero) == .conflict(.audience))
        #expect(stage.standing(of: id) == .audience)
    }

    @Test func twoHostsWhoDecideTheSameAreBothContent() throws {
        let id = try participant(1)
        var stage = stage(.requested, id)
        let seen = stage.version
        #expect(stage.apply(.approve, to: id, expecting: seen, now: .zero) == .changed(to: .onStage, cause: .approved))
        #expect(stage.apply(.approve, to: id, expecting: seen, now: .zero) == .unchanged)
        #expect(stage.members == [id])
    }

    @Test func aDecisionHoldsThoughOthersRaisedTheirHandsMeanwhile() throws {
        let (one, two) = (try participant(1), try participant(2))
        var stage = stage(.requested, one)
        let seen = stage.version
        _ = stage.apply(.request, to: two, now: .zero)
        #expect(stage.version > seen)
        #expect(stage.apply(.approve, to: one, expecting: seen, now: .zero) == .changed(to: .onStage, cause: .approved))
    }

    @Test func aDemotionOfAnEarlierAppearanceDoesNotEndALaterOne() throws {
        let id = try participant(1)
        var stage = stage(.onStage, id)
        let seen = stage.version
        _ = stage.apply(.leave, to: id, now: .zero)
        _ = stage.apply(.request, to: id, now: .zero)
        _ = stage.apply(.approve, to: id, now: .zero)
        #expect(stage.apply(.demote, to: id, expecting: seen, now: .zero) == .conflict(.onStage))
    }

    @Test func theStageTakesAsManyAsItsCapacity() throws {
        let ids = try (1...4).map { try participant($0) }
        var stage = stage(capacity: 2)
        for id in ids { _ = stage.apply(.request, to: id, now: .zero) }
        for id in ids.prefix(2) { _ = stage.apply(.approve, to: id, now: .zero) }
        #expect(stage.apply(.approve, to: ids[2], now: .zero) == .stageFull)
        #expect(stage.standing(of: ids[2]) == .requested)
        let entered = stage.enter(ids[3], now: .zero)
        #expect(!entered)
        _ = stage.apply(.demote, to: ids[0], now: .zero)
        #expect(stage.apply(.approve, to: ids[2], now: .zero) == .changed(to: .onStage, cause: .approved))
        #expect(stage.members == [ids[1], ids[2]])
    }

    @Test func raisedHandsAreLimitedAndKeepTheirOrder() throws {
        let ids = try (1...3).map { try participant($0) }
        var stage = stage(maximumRequests: 2)
        for id in ids.prefix(2).reversed() { _ = stage.apply(.request, to: id, now: .zero) }
        #expect(stage.apply(.request, to: ids[2], now: .zero) == .queueFull)
        #expect(stage.requests == [ids[1], ids[0]])
        #expect(stage.order(of: ids[1]) < stage.order(of: ids[0]))
    }

    @Test func invitationsEnd() throws {
        let id = try participant(1)
        var stage = stage()
        let now = MonotonicInstant.zero + .seconds(5)
        _ = stage.apply(.invite, to: id, now: now)
        #expect(stage.nextTimeout == now + .seconds(60))
        #expect(stage.expired(at: now + .seconds(59)) == [])
        #expect(stage.expired(at: now + .seconds(60)) == [id])
        _ = stage.apply(.accept, to: id, now: now)
        #expect(stage.nextTimeout == nil)
    }

    @Test func whoIsGoneIsForgotten() throws {
        let id = try participant(1)
        for standing in StageStanding.allCases {
            var stage = stage(standing, id)
            let version = stage.version
            stage.remove(id)
            #expect(stage.standing(of: id) == .audience)
            #expect(stage.members.isEmpty && stage.requests.isEmpty && stage.invitations.isEmpty)
            #expect(stage.version == (standing == .audience ? version : version + 1))
        }
    }

    @Test func listsAndStandingsAgreeAfterAnySequence() throws {
        var generator = SeededGenerator(seed: 7)
        let ids = try (1...8).map { try participant($0) }
        var stage = stage(capacity: 3, maximumRequests: 3)
        for _ in 0..<5_000 {
            let id = ids[Int.random(in: 0..<ids.count, using: &generator)]
            let transition = StageTransition.allCases[Int.random(in: 0..<10, using: &generator)]
            let before = stage.version
            let expected = Bool.random(using: &generator) ? before - UInt64.random(in: 0...2, using: &generator) : nil
            _ = stage.apply(transition, to: id, expecting: expected, now: .zero)
            #expect(stage.version == before || stage.version == before + 1)
            #expect(stage.members.count <= 3 && stage.requests.count <= 3 && stage.invitations.count <= 3)
            for id in ids {
                let lists = [stage.members, stage.requests, stage.invitations].map { $0.count { $0 == id } }
                let expected: [Int] =
                    switch stage.standing(of: id) {
                    case .audience: [0, 0, 0]
                    case .onStage: [1, 0, 0]
                    case .requested: [0, 1, 0]
                    case .invited: [0, 0, 1]
                    }
                #expect(lists == expected)
            }
            for list in [stage.members, stage.requests, stage.invitations] {
                #expect(list == list.sorted { stage.order(of: $0) < stage.order(of: $1) })
            }
        }
    }
}
