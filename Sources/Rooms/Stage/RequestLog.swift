/// Remembers the latest stage actions by their request ids, so that one that comes twice is carried out once.
struct RequestLog: Sendable {
    /// How many actions are remembered.
    static let capacity = 256

    /// Names an action: request ids are the actor's own.
    struct Key: Hashable, Sendable {
        var actor: ParticipantID
        var requestID: String
    }

    private var outcomes: [Key: RoomError?] = [:]
    /// The oldest first, from `start` on.
    private var order: [Key] = []
    private var start = 0

    /// What came of the action the first time; `nil` when it is not remembered.
    func outcome(of key: Key) -> Result<Void, RoomError>? {
        guard let outcome = outcomes[key] else { return nil }
        return outcome.map { .failure($0) } ?? .success(())
    }

    /// Notes what came of an action and forgets the oldest one beyond the capacity.
    mutating func record(_ key: Key, _ error: RoomError?) {
        guard outcomes.updateValue(error, forKey: key) == nil else { return }
        if order.count < Self.capacity {
            order.append(key)
        } else {
            outcomes[order[start]] = nil
            order[start] = key
            start = (start + 1) % Self.capacity
        }
    }
}
