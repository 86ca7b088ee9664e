import Glibc

/// The process's limit of open files.
package enum OpenFiles {
    /// As many as a process asks for, where the hard limit allows that.
    private static let wanted: rlim_t = 65_536

    /// Raises the soft limit, which is 1,024 as a rule: each client has at least one socket.
    package static func raiseLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(limit.rlim_max, wanted)
        _ = unsafe setrlimit(resource, &limit)
    }
}
