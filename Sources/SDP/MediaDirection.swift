/// The direction of a media section, from the view of the description's writer (RFC 8866 section 6.7).
package enum MediaDirection: String, Sendable, CaseIterable {
    case sendrecv
    case sendonly
    case recvonly
    case inactive

    /// Whether the writer sends.
    package var sends: Bool { self == .sendrecv || self == .sendonly }
    /// Whether the writer receives.
    package var receives: Bool { self == .sendrecv || self == .recvonly }

    /// The direction from the view of the other end (RFC 3264 section 6.1).
    package var reversed: MediaDirection {
        switch self {
        case .sendrecv: .sendrecv
        case .sendonly: .recvonly
        case .recvonly: .sendonly
        case .inactive: .inactive
        }
    }

    /// The direction among the attributes of one level.
    init?(_ attributes: AttributeIndex) {
        guard let stated = Self.allCases.first(where: { attributes.contains($0.rawValue) }) else { return nil }
        self = stated
    }
}
