/// Runs an operation and gives it up after a time.
///
/// - Throws: `DoorError.timeout` with `what`, or what the operation throws.
package func within<Value: Sendable>(
    _ time: Duration, _ what: String, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: time)
            throw DoorError.timeout(what)
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw DoorError.timeout(what) }
        return first
    }
}
