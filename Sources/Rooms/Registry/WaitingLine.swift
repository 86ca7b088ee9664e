import Primitives

/// Those who wait for rooms that are not open yet, and their turns once they are.
///
/// A room that opens lets them in in the order in which they came, a few at a time: each join costs milliseconds, and
/// thousands at once would keep everybody else of the server waiting.
actor WaitingLine {
    /// People who wait, for all rooms.
    static let maximumWaiting = 10_000
    /// Octets of the offers that are kept with them.
    static let maximumOctets = 128 * 1024 * 1024
    /// How many come in at once.
    static let admissionBatch = 10
    /// From one batch to the next: 200 people a second.
    static let admissionInterval = Duration.milliseconds(50)

    private struct Waiter {
        var room: String
        var octets: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private let timekeeper: Timekeeper
    private var waiters: [UInt64: Waiter] = [:]
    /// Those who wait for each room, in the order in which they came; some may have gone.
    private var lines: [String: [UInt64]] = [:]
    /// Places in each room that are kept for those who wait for it, and for those whose turn has come until they are in.
    private var held: [String: Int] = [:]
    private var octets = 0
    private var lastID: UInt64 = 0
    /// Rooms whose lines are being let in.
    private var admitting: Set<String> = []
    private var isClosed = false

    init(_ timekeeper: Timekeeper) { self.timekeeper = timekeeper }

    var count: Int { waiters.count }

    /// How many places in the room newcomers have to leave to those who waited.
    func heldPlaces(in room: String) -> Int { held[room] ?? 0 }

    /// Releases the place that was held for a waiting participant, who has joined by now or was refused.
    func giveUpPlace(in room: String) {
        guard let count = held[room] else { return }
        held[room] = count > 1 ? count - 1 : nil
    }

    /// Returns when it is the caller's turn to join the room.
    /// - Parameters:
    ///   - octets: how much is kept in memory meanwhile.
    ///   - deadline: when the caller's token expires.
    ///   - isOpen: asked once the caller stands in line, because the room may have opened meanwhile.
    /// - Throws: `JoinError`, or `CancellationError` where the task is cancelled.
    func wait(
        for room: String, octets: Int, until deadline: MonotonicInstant?, isOpen: @escaping @Sendable () async -> Bool
    ) async throws {
        guard !isClosed else { throw JoinError.draining }
        guard waiters.count < Self.maximumWaiting, self.octets + octets <= Self.maximumOctets else {
            throw JoinError(.serverFull, "\(waiters.count) people wait for rooms to open, as many as the server takes")
        }
        lastID &+= 1
        let id = lastID
        let expiry = deadline.map { deadline in
            Task { [weak self, timekeeper] in
                guard (try? await timekeeper.sleep(until: deadline)) != nil else { return }
                await self?.expire(id)
            }
        }
        defer { expiry?.cancel() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                self.octets += octets
                waiters[id] = Waiter(room: room, octets: octets, continuation: continuation)
                lines[room, default: []].append(id)
                held[room, default: 0] += 1
                Task { if await isOpen() { self.open(room) } }
            }
        } onCancel: {
            Task { await self.leave(id) }
        }
    }

    /// Begins to let in those who wait for the room.
    func open(_ room: String) {
        guard lines[room] != nil, admitting.insert(room).inserted else { return }
        Task { await admit(room) }
    }

    /// Sends everybody away because the server ends.
    func close() {
        isClosed = true
        for id in Array(waiters.keys) { turnAway(id, JoinError.draining) }
        lines = [:]
    }

    private func admit(_ room: String) async {
        while let line = lines[room] {
            var next = 0
            var admitted = 0
            while next < line.count, admitted < Self.admissionBatch {
                if let waiter = remove(line[next]) {
                    waiter.continuation.resume()
                    admitted += 1
                }
                next += 1
            }
            lines[room] = next < line.count ? Array(line[next...]) : nil
            guard lines[room] != nil,
                (try? await timekeeper.sleep(until: timekeeper.now + Self.admissionInterval)) != nil
            else { break }
        }
        admitting.remove(room)
    }

    private func expire(_ id: UInt64) {
        turnAway(id, JoinError(.tokenExpired, "the token expired while you waited for the stage to open"))
    }

    private func leave(_ id: UInt64) { turnAway(id, CancellationError()) }

    private func turnAway(_ id: UInt64, _ error: any Error) {
        guard let waiter = remove(id) else { return }
        giveUpPlace(in: waiter.room)
        waiter.continuation.resume(throwing: error)
    }

    private func remove(_ id: UInt64) -> Waiter? {
        guard let waiter = waiters.removeValue(forKey: id) else { return nil }
        octets -= waiter.octets
        // Lines are tidied when most of who stood in them has gone.
        if let line = lines[waiter.room], line.count > 64, line.count > 2 * waiters.count + 64 {
            lines[waiter.room] = line.filter { waiters[$0] != nil }
        }
        return waiter
    }
}

extension JoinError {
    static var draining: JoinError {
        JoinError(.draining, "the server takes no new participants, it is about to end")
    }
}
