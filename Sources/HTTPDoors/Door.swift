/// A standard way in: publishing by WHIP (RFC 9725), playing by WHEP (draft-ietf-wish-whep).
package enum Door: String, Sendable, CaseIterable {
    case whip
    case whep

    /// The protocol's name.
    var name: String { rawValue.uppercased() }
}
