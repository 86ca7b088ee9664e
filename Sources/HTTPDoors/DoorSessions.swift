import Admission
import HTTPTypes
import Primitives
import Rooms

/// The sessions of both doors, found by what their URLs end with.
actor DoorSessions {
    private let configuration: DoorsConfiguration
    private var sessions: [String: DoorSession] = [:]
    /// Offers that are being answered.
    private var pending = 0
    private var offers: TokenBucket
    /// How often a player's section got a track that it cannot decode.
    private(set) var undecodableTracks: UInt64 = 0

    init(_ configuration: DoorsConfiguration) {
        self.configuration = configuration
        offers = TokenBucket(perSecond: configuration.offersPerSecond)
    }

    /// Makes room for a session; `add` or `giveUp` follows.
    func reserve(now: MonotonicInstant) throws(DoorProblem) {
        guard offers.take(now: now) else {
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
        guard sessions[id]?.patches.take(now: now) ?? true else {
            throw .passing(.tooManyRequests, .tooManyRequests, "more PATCHes came than a session takes in this time")
        }
    }

    /// Notes the states of a player's slots; those that turn out to be undecodable.
    func noteUndecodable(in slots: [SlotInfo], of id: String) -> [SlotInfo] {
        guard var session = sessions[id] else { return [] }
        var news: [SlotInfo] = []
        for slot in slots {
            let wasKnown = session.undecodable.contains(slot.mid)
            if slot.status == .cannotDecode {
                if !wasKnown { session.undecodable.append(slot.mid) }
                news.append(slot)
            } else if wasKnown {
                session.undecodable.removeAll { $0 == slot.mid }
            }
        }
        undecodableTracks &+= UInt64(news.count)
        sessions[id] = session
        return news
    }

    /// Notes that a viewer cannot decode a publisher's source.
    func noteUnseen(_ source: TrackSource, of id: String) {
        guard sessions[id]?.unseen.contains(source) == false else { return }
        sessions[id]?.unseen.append(source)
    }

    /// What `Forestage-Cannot-Decode` says of the session.
    func undecodable(of id: String) -> String? { sessions[id]?.cannotDecode }

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

extension TokenBucket {
    /// Seconds' worth of events that may come at once.
    static let burstSeconds = 4

    /// So many events a second, and as many at once as four seconds bring.
    init(perSecond: Int) { self.init(rate: perSecond, burst: perSecond * Self.burstSeconds) }
}
