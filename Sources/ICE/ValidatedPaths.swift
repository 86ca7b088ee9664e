import Primitives

/// The paths on which a valid check has come, at most `limit`.
struct ValidatedPaths: Sendable {
    private struct Entry {
        var path: NetworkPath
        var lastCheck: MonotonicInstant
    }

    let limit: Int
    private var entries: [Entry] = []

    init(limit: Int) { self.limit = max(limit, 1) }

    /// All paths, in the order of their first checks.
    var paths: [NetworkPath] { entries.map(\.path) }

    var hasSeveral: Bool { entries.count > 1 }

    func contains(_ path: NetworkPath) -> Bool { entries.contains { $0.path == path } }

    /// Records a valid check on `path`. At the limit, the path with the oldest last check is removed, but never
    /// `selected`.
    mutating func noteCheck(on path: NetworkPath, now: MonotonicInstant, keeping selected: NetworkPath?) {
        if let index = entries.firstIndex(where: { $0.path == path }) {
            entries[index].lastCheck = now
            return
        }
        if entries.count >= limit,
            let oldest = entries.indices.filter({ entries[$0].path != selected })
                .min(by: { entries[$0].lastCheck < entries[$1].lastCheck })
        {
            entries.remove(at: oldest)
        }
        entries.append(Entry(path: path, lastCheck: now))
    }

    /// Removes `path`.
    mutating func remove(_ path: NetworkPath) { entries.removeAll { $0.path == path } }

    /// Removes all paths except `path`.
    mutating func keepOnly(_ path: NetworkPath?) { entries.removeAll { $0.path != path } }
}
