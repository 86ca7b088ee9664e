import Forwarding
import Primitives

extension NetworkPath {
    /// Equality, field by field: that of another module's type is a call through a table.
    fileprivate func isSame(as other: NetworkPath) -> Bool {
        remote.low == other.remote.low && remote.port == other.remote.port && connection == other.connection
            && remote.high == other.remote.high
            && remote.scope == other.remote.scope && remote.family.rawValue == other.remote.family.rawValue
            && local.low == other.local.low && local.port == other.local.port && local.high == other.local.high
            && local.scope == other.local.scope && local.family.rawValue == other.local.family.rawValue
    }
}

/// The peers by the paths that ICE has validated for them. Remembers the path it was asked for last: a sender's datagrams
/// come in runs.
struct PeersByPath {
    private(set) var indices: [NetworkPath: PeerIndex] = [:]
    private var last: (path: NetworkPath, index: PeerIndex?)?

    /// The peer's index in the worker.
    subscript(path: NetworkPath) -> PeerIndex? {
        mutating get {
            if let last, last.path.isSame(as: path) { return last.index }
            let index = indices[path]
            last = (path, index)
            return index
        }
        set {
            last = nil
            indices[path] = newValue
        }
    }
}
