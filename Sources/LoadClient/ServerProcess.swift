import Foundation
import SignalingClient

/// Processor time and memory of the server's process, read from `/proc`.
package struct ServerProcess: Sendable {
    package struct Reading: Sendable {
        /// User and system time.
        package var cpu: Duration
        /// Octets in memory.
        package var resident: Int
    }

    private let pid: Int32

    /// - Throws: `DoorError.badAnswer` where there is no such process.
    package init(pid: Int32) throws(DoorError) {
        self.pid = pid
        guard read() != nil else { throw .badAnswer("there is no process \(pid)") }
    }

    /// The usage up to now; `nil` if the process has ended.
    package func read() -> Reading? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            // The name in parentheses may hold anything; fields are counted behind it.
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Int(fields[11]), let system = Int(fields[12]), let pages = Int(fields[21])
        else { return nil }
        let ticks = max(sysconf(Int32(_SC_CLK_TCK)), 1)
        return Reading(
            cpu: .nanoseconds(Int64(user + system) * 1_000_000_000 / Int64(ticks)),
            resident: pages * Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}
