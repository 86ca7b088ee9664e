/// One `a=` line (RFC 8866 section 5.13).
package struct SDPAttribute: Hashable, Sendable {
    package var name: String
    /// The text after the colon; `nil` for a property attribute such as `a=rtcp-mux`.
    package var value: String?

    package init(_ name: String, _ value: String? = nil) {
        self.name = name
        self.value = value
    }
}
