/// The token of an `Authorization` field (RFC 6750 section 2.1).
package struct BearerToken: Hashable, Sendable {
    package var text: String

    /// - Parameter field: the field's value, for example `Bearer eyJhbGci...`.
    /// - Returns: `nil` for another scheme than `Bearer`, and where there is not exactly one token.
    package init?(parsing field: String) {
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        text = String(parts[1])
    }
}
