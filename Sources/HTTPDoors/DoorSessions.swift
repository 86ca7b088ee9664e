import HTTPTypes
import Primitives

/// The sessions of both doors, found by what their URLs end with.
actor DoorSessions {
    private let configuration: DoorsConfiguration
    private var sessions: [String: DoorSession] = [:]
    /// Offers that are being answered.
    private var pending = 0
    private var offers: RateLimit

    init(_ configuration: DoorsConfiguration) {
        self.configuration = configuration
        offers = RateLimit(perSecond: configuration.offersPerSecond)
    }

    /// Makes room for a session; `add` or `giveUp` follows.
    func reserve(now: MonotonicInstant) throws(DoorProblem) {
        guard offers.admit(now: now) else {
            throw .passing(.tooManyRequests, .tooManyRequests, "more offers came than the server answers in this time")
        }
        guard sessions.count + pending < configuration.maximumSessions else {
            throw .passing(
                .serviceUnavailable, .serverFull,
                "the doors have \(configuration.maximumSessions) sessions, as many as they take")
        }
        pending += 1
    }

    func giveUp() { pending -= 1 }

    func add(_ session: DoorSession) {
        pending -= 1
        sessions[session.id] = session
    }

    /// The session, where it is of this path.
    func session(_ id: String, at path: DoorPath) throws(DoorProblem) -> DoorSession {
        guard let session = sessions[id], session.path == path else { throw Self.noSuchSession }
        return session
    }

    /// Counts a PATCH of the session.
    func admitPatch(_ id: String, now: MonotonicInstant) throws(DoorProblem) {
        guard sessions[id]?.patches.admit(now: now) ?? true else {
            throw .passing(.tooManyRequests, .tooManyRequests, "more PATCHes came than a session takes in this time")
        }
    }

    /// Forgets the session; false where it was gone.
    @discardableResult
    func remove(_ id: String) -> Bool { sessions.removeValue(forKey: id) != nil }

    /// How many sessions came by this door.
    func count(of door: Door) -> Int {
        sessions.values.count { if case .session(door, _, _) = $0.path { true } else { false } }
    }

    static let noSuchSession = DoorProblem(
        .notFound, .noSuchSession,
        "there is no such session: it ended, its media went silent, it was replaced or removed, or the URL is wrong")
}
