/// The code of an error response (RFC 8489 section 14.8), 300 to 699.
package struct STUNErrorCode: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let badRequest = STUNErrorCode(rawValue: 400)
    package static let unauthenticated = STUNErrorCode(rawValue: 401)
    package static let unknownAttribute = STUNErrorCode(rawValue: 420)
    /// RFC 8445 section 7.3.1.1.
    package static let roleConflict = STUNErrorCode(rawValue: 487)
}
