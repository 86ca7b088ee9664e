import Primitives

/// Why a protection context could not be made. Packets never throw: see ``SRTPUnprotected``.
package enum SRTPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The master key has `actual` octets; the profile requires `expected`.
    case keyLength(expected: Int, actual: Int)
    /// The master salt has `actual` octets; the profile requires `expected`.
    case saltLength(expected: Int, actual: Int)
    /// The library of the implementation is missing, or this processor cannot run it.
    case unavailable(SealingEngine.Implementation)
    /// A library call failed that fails only without memory or by misuse; with the library's code, if it has one.
    case library(call: String, code: Int)

    package var description: String {
        switch self {
        case .keyLength(let expected, let actual): "SRTP master key: expected \(expected) octets, got \(actual)"
        case .saltLength(let expected, let actual): "SRTP master salt: expected \(expected) octets, got \(actual)"
        case .unavailable(let implementation): "SRTP sealing with \(implementation.rawValue) is not available here"
        case .library(let call, let code): "\(call) failed with \(code)"
        }
    }
}

extension SRTPMasterKey {
    /// Checks the lengths that `profile` requires (RFC 5764 section 4.1.2, RFC 7714 section 12).
    func require(lengthsOf profile: SRTPProfile) throws(SRTPError) {
        guard key.count == profile.keyOctets else {
            throw .keyLength(expected: profile.keyOctets, actual: key.count)
        }
        guard salt.count == profile.saltOctets else {
            throw .saltLength(expected: profile.saltOctets, actual: salt.count)
        }
    }
}
