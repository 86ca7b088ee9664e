import Primitives

/// Who is on stage, who wants to be and who was asked: the state machine of the room's stage.
///
/// Every change raises the stage's version. A change may be made on the condition that the participant's standing is
/// still the one of an earlier version, so two hosts who decide at once end in one order, and the second one is told.
struct Stage: Sendable {
    /// What came of a transition.
    enum OnTransition: Hashable, Sendable {
        case changed(to: StageStanding, cause: StageCause)
        /// The participant stands already where the transition leads.
        case unchanged
        /// The standing changed after the version on which the decision was made.
        case conflict(StageStanding)
        /// There is no such way from this standing.
        case refused(StageStanding)
        /// As many are on stage as it takes.
        case stageFull
        /// As many hands are raised, or invitations open, as the room takes.
        case queueFull
    }

    /// A participant's place that can be given back.
    struct Place: Hashable, Sendable {
        var standing: StageStanding
        var order: UInt64
        /// When an invitation ends.
        var expiry: MonotonicInstant?
    }

    private struct Entry {
        var standing: StageStanding
        /// The position among those of the same standing.
        var order: UInt64
        /// The stage's version when the standing was entered.
        var version: UInt64
        /// When an invitation ends.
        var expiry: MonotonicInstant?
    }

    private let capacity: Int
    private let maximumRequests: Int
    private let invitationLifetime: Duration
    /// Of those whose standing ever changed; everybody else is in the audience.
    private var entries: [ParticipantID: Entry] = [:]
    /// Counts every change that snapshots and deltas show.
    private(set) var version: UInt64 = 1
    /// Those on stage, in stage order.
    private(set) var members: [ParticipantID] = []
    /// Those who raised a hand, in the order in which they did.
    private(set) var requests: [ParticipantID] = []
    /// Those invited, in the order in which they were.
    private(set) var invitations: [ParticipantID] = []

    init(capacity: Int, maximumRequests: Int, invitationLifetime: Duration) {
        self.capacity = capacity
        self.maximumRequests = maximumRequests
        self.invitationLifetime = invitationLifetime
    }

    /// Where the participant stands.
    func standing(of participant: ParticipantID) -> StageStanding { entries[participant]?.standing ?? .audience }

    /// The position among those of the same standing, lower first; 0 in the audience.
    func order(of participant: ParticipantID) -> UInt64 {
        guard let entry = entries[participant], entry.standing != .audience else { return 0 }
        return entry.order
    }

    /// Whether one more can come on stage.
    var hasRoom: Bool { members.count < capacity }

    /// Carries out a transition, where the participant's standing allows it and has not changed since `expected`.
    mutating func apply(
        _ transition: StageTransition, to participant: ParticipantID, expecting expected: UInt64? = nil,
        now: MonotonicInstant
    ) -> OnTransition {
        let (from, to, cause) = transition.arrow
        let current = standing(of: participant)
        if let expected, let entry = entries[participant], entry.version > expected {
            return current == to ? .unchanged : .conflict(current)
        }
        guard current == from else { return current == to ? .unchanged : .refused(current) }
        if let obstacle = obstacle(to: to) { return obstacle }
        move(participant, to: to, now: now)
        return .changed(to: to, cause: cause)
    }

    /// Puts a participant who needs nobody's approval on stage; false when the stage is full or it is there already.
    mutating func enter(_ participant: ParticipantID, now: MonotonicInstant) -> Bool {
        guard standing(of: participant) != .onStage, hasRoom else { return false }
        move(participant, to: .onStage, now: now)
        return true
    }

    /// The participant's place; `nil` in the audience.
    func place(of participant: ParticipantID) -> Place? {
        guard let entry = entries[participant], entry.standing != .audience else { return nil }
        return Place(standing: entry.standing, order: entry.order, expiry: entry.expiry)
    }

    /// Gives a newcomer the place that it had before. Where the stage is full by then its hand is raised in its stead.
    mutating func restore(_ place: Place, to participant: ParticipantID, now: MonotonicInstant) {
        guard standing(of: participant) == .audience else { return }
        var place = place
        if place.standing == .onStage, !hasRoom { place.standing = .requested }
        if place.standing == .invited, place.expiry.map({ $0 <= now }) ?? true { return }
        guard place.standing != .audience, obstacle(to: place.standing) == nil else { return }
        version &+= 1
        entries[participant] = Entry(
            standing: place.standing, order: place.order, version: version,
            expiry: place.standing == .invited ? place.expiry : nil)
        switch place.standing {
        case .audience: break
        case .requested: requests = inserting(participant, into: requests)
        case .invited: invitations = inserting(participant, into: invitations)
        case .onStage: members = inserting(participant, into: members)
        }
    }

    private func inserting(_ participant: ParticipantID, into list: [ParticipantID]) -> [ParticipantID] {
        let position = order(of: participant)
        var list = list
        list.insert(participant, at: list.firstIndex { order(of: $0) > position } ?? list.endIndex)
        return list
    }

    /// Forgets a participant who is no longer in the room.
    mutating func remove(_ participant: ParticipantID) {
        guard let entry = entries.removeValue(forKey: participant) else { return }
        if entry.standing != .audience { version &+= 1 }
        withdraw(participant)
    }

    /// Notes that something else about a member changed that snapshots show, such as a track.
    mutating func noteChange() { version &+= 1 }

    /// When the next invitation ends.
    var nextTimeout: MonotonicInstant? {
        invitations.reduce(nil) { earliest($0, entries[$1]?.expiry) }
    }

    /// Those whose invitations are over at `now`, in the order in which they were invited.
    func expired(at now: MonotonicInstant) -> [ParticipantID] {
        invitations.filter { (entries[$0]?.expiry ?? .distantFuture) <= now }
    }

    private func obstacle(to standing: StageStanding) -> OnTransition? {
        switch standing {
        case .audience: nil
        case .requested: requests.count < maximumRequests ? nil : .queueFull
        case .invited: invitations.count < maximumRequests ? nil : .queueFull
        case .onStage: hasRoom ? nil : .stageFull
        }
    }

    private mutating func move(_ participant: ParticipantID, to standing: StageStanding, now: MonotonicInstant) {
        withdraw(participant)
        version &+= 1
        switch standing {
        case .audience: break
        case .requested: requests.append(participant)
        case .invited: invitations.append(participant)
        case .onStage: members.append(participant)
        }
        // The version is used as the position: it rises with every change, so later members have higher positions.
        entries[participant] = Entry(
            standing: standing, order: version, version: version,
            expiry: standing == .invited ? now + invitationLifetime : nil)
    }

    private mutating func withdraw(_ participant: ParticipantID) {
        members.removeAll { $0 == participant }
        requests.removeAll { $0 == participant }
        invitations.removeAll { $0 == participant }
    }
}
