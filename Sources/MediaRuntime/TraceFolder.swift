import Foundation
import Primitives
import Synchronization

/// Where what estimators were given and decided is written; called on workers' threads, which must not wait.
package protocol TraceSink: Sendable {
    /// Takes a further part of the trace of a viewer's path; `false` where there is no room for it: the trace ends.
    func append(_ part: [UInt8], of viewer: TransportID) -> Bool
}

/// A folder with one file per viewer. A queue of its own writes; workers only hand parts over, and a part that finds the queue full,
/// or the file or the folder as large as it may be, is refused.
package final class TraceFolder: TraceSink {
    /// Octets that wait to be written.
    package static let maximumWaiting = 8 << 20
    /// Octets of one viewer's file: about 7 hours at 1 Mbit/s.
    package static let maximumFile = 64 << 20
    /// Octets that one run of the server writes.
    package static let maximumTotal = 1 << 30

    private struct State {
        var waiting = 0
        var total = 0
        var files: [TransportID: Int] = [:]
    }

    private let folder: URL
    /// In front of each file's name, so that two runs do not write into one file.
    private let run: Int64
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "forestage.traces")

    /// - Parameters:
    ///   - path: made where it does not exist.
    ///   - run: a number of this run of the server, such as its time of start.
    /// - Throws: `TraceFolderError` where nothing can be written there.
    package init(_ path: String, run: Int64) throws {
        folder = URL(fileURLWithPath: path, isDirectory: true)
        self.run = run
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw TraceFolderError(path: path)
        }
        guard FileManager.default.isWritableFile(atPath: path) else { throw TraceFolderError(path: path) }
    }

    package func append(_ part: [UInt8], of viewer: TransportID) -> Bool {
        let isTaken = state.withLock { state in
            let file = state.files[viewer, default: 0] + part.count
            guard state.waiting + part.count <= Self.maximumWaiting, file <= Self.maximumFile,
                state.total + part.count <= Self.maximumTotal
            else { return false }
            state.waiting += part.count
            state.total += part.count
            state.files[viewer] = file
            return true
        }
        guard isTaken else { return false }
        queue.async { [self] in
            write(part, to: url(of: viewer))
            state.withLock { $0.waiting -= part.count }
        }
        return true
    }

    /// Waits until all that was handed over is written.
    package func finish() { queue.sync {} }

    private func url(of viewer: TransportID) -> URL {
        folder.appendingPathComponent("\(run)-\(String(viewer.rawValue, radix: 16)).trace")
    }

    /// Appends to a file. A full disk loses what does not fit, as would any log's.
    private func write(_ part: [UInt8], to file: URL) {
        guard let stream = OutputStream(url: file, append: true) else { return }
        stream.open()
        defer { stream.close() }
        var rest = part[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBufferPointer { octets in
                unsafe octets.baseAddress.map { unsafe stream.write($0, maxLength: octets.count) } ?? 0
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Why no traces can be written, in one line for the operator.
package struct TraceFolderError: Error, CustomStringConvertible, Sendable {
    package var path: String

    package var description: String {
        "media.trace must be a folder that the server may write into or make, not \(path)"
    }
}
