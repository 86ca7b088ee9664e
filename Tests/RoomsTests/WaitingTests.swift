import Primitives
import TestSupport
import Testing

@testable import Rooms

/// Those who come before the stage is open.
@Suite(.timeLimit(.minutes(1)))
struct WaitingTests {
    /// Waits until so many stand in line.
    private func until(_ count: Int, wait house: House) async {
        while await house.registry.waitingCount != count { await Task.yield() }
    }

    private func enter(_ house: House, _ name: String, credential: Credential? = nil) -> Task<Joined, any Error> {
        Task {
            try await house.registry.joinWhenOpen(
                house.request(
                    name, offer: Fixture.text("sdp/chromium_recvonly_av.sdp"), credential: credential)
            ) {}
        }
    }

    @Test func whoWaitsComesInWhenAHostOpensTheRoom() async throws {
        let house = try House { $0.createsRoomsOnDemand = false }
        let told = Log()
        let viewer = Task {
            try await house.registry.joinWhenOpen(house.request("bob")) { told.write("waiting", []) }
        }
        await until(1, wait: house)
        #expect(told.lines.count == 1)
        _ = try await house.join("ann", .host, createsRoom: true)
        #expect(try await viewer.value.stage.members.map(\.name) == ["ANN"])
        #expect(await house.registry.waitingCount == 0)
        let late = enter(house, "cid")
        #expect(try await late.value.participant.identity == "cid", "an open room lets in at once")
    }

    @Test func aNewcomerLeavesThePlacesToThoseWhoWaited() async throws {
        let waiters = WaitingLine.admissionBatch + 5
        let house = try House {
            $0.createsRoomsOnDemand = false
            $0.settings.maximumParticipants = waiters + 1
        }
        let tasks = (0..<waiters).map { enter(house, "waiter\($0)") }
        await until(waiters, wait: house)
        _ = try await house.join("ann", .host, createsRoom: true)
        // The first ten are let in at once, the others wait for the clock.
        await until(5, wait: house)
        let error = await #expect(throws: JoinError.self) { _ = try await house.join("late") }
        #expect(error?.code == .roomFull)
        house.clock.advance(by: WaitingLine.admissionInterval)
        while await house.registry.waitingCount > 0 { await Task.yield() }
        for task in tasks { _ = try await task.value }
        #expect(await house.registry.snapshot().participants == waiters + 1)
    }

    @Test func aPlaceThatNobodyTakesIsFreeAgain() async throws {
        let house = try House {
            $0.createsRoomsOnDemand = false
            $0.settings.maximumParticipants = 2
        }
        let gone = enter(house, "gone")
        await until(1, wait: house)
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        _ = try await house.join("ann", .host, createsRoom: true)
        #expect(try await house.join("late").participant.identity == "late")
    }

    @Test func anExpiredTokenAndTheServersEndEndTheWait() async throws {
        let house = try House { $0.createsRoomsOnDemand = false }
        let short = enter(house, "bob", credential: Credential(subject: "bob", expiresAt: House.start + 60))
        let long = enter(house, "cid", credential: Credential(subject: "cid", expiresAt: House.start + 600))
        await until(2, wait: house)
        house.clock.advance(by: .seconds(59))
        #expect(await house.registry.waitingCount == 2)
        // The timer of the first may be set only after this; then it finds its time over.
        house.clock.advance(by: .seconds(1))
        #expect(await code(short) == .tokenExpired)
        await house.registry.drain(within: .seconds(1))
        #expect(await code(long) == .draining)
        #expect(await code(enter(house, "dan")) == .draining)
    }

    private func code(_ task: Task<Joined, any Error>) async -> JoinError.Code? {
        do {
            _ = try await task.value
            return nil
        } catch { return (error as? JoinError)?.code }
    }

    @Test func whoGoesAwayMeanwhileIsForgotten() async throws {
        let house = try House { $0.createsRoomsOnDemand = false }
        let viewer = enter(house, "bob")
        await until(1, wait: house)
        viewer.cancel()
        await #expect(throws: CancellationError.self) { try await viewer.value }
        #expect(await house.registry.waitingCount == 0)
        _ = try await house.join("ann", .host, createsRoom: true)
        #expect(await house.registry.snapshot().participants == 1)
    }

    @Test func manyAreLetInInOrderAFewAtATime() async throws {
        let clock = ManualClock()
        let line = WaitingLine(Timekeeper(clock))
        let admitted = Log()
        let total = 5_000
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<total {
            tasks.append(
                Task {
                    try await line.wait(for: "r", octets: 16_000, until: nil) { false }
                    admitted.write("\(number)", [])
                })
            if number % 100 == 99 { while await line.count <= number { await Task.yield() } }
        }
        while await line.count < total { await Task.yield() }
        await line.open("r")
        var turns = 0
        while await line.count > 0 {
            let before = await line.count
            clock.advance(by: WaitingLine.admissionInterval)
            while await line.count == before { await Task.yield() }
            turns += 1
            #expect(await line.count >= total - (turns + 1) * WaitingLine.admissionBatch)
        }
        for task in tasks { try await task.value }
        let order = admitted.lines
        // Ten are let in together, and any of them may be the first to run.
        #expect(order.count == total && Set(order).count == total)
        #expect(turns >= total / WaitingLine.admissionBatch - 1, "25 s for 5,000")
    }

    @Test func whoWaitsIsBoundedInNumberAndOctets() async throws {
        let line = WaitingLine(Timekeeper(ManualClock()))
        let first = Task { try await line.wait(for: "r", octets: WaitingLine.maximumOctets - 10, until: nil) { false } }
        while await line.count < 1 { await Task.yield() }
        let error = await #expect(throws: JoinError.self) {
            try await line.wait(for: "s", octets: 11, until: nil) { false }
        }
        #expect(error?.code == .serverFull)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
    }

    @Test func aRoomThatOpensBetweenTheQuestionAndTheLineLetsIn() async throws {
        let line = WaitingLine(Timekeeper(ManualClock()))
        try await line.wait(for: "r", octets: 1, until: nil) { true }
    }
}
