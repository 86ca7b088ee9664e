import Primitives

/// The peers by the paths that ICE has validated for them. Remembers the path it was asked for last: a sender's datagrams
/// come in runs.
struct PeersByPath {
    private(set) var indices: [NetworkPath: Int] = [:]
    private var last: (path: NetworkPath, index: Int?)?

    /// The peer's index in the worker.
    subscript(path: NetworkPath) -> Int? {
        mutating get {
            if let last, last.path == path { return last.index }
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
