/// Why a participant could not come in.
package enum DoorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A URL that cannot be used, and why.
    case badURL(String, why: String)
    case cannotConnect(String)
    /// An HTTP status that was not asked for, and the beginning of the body.
    case refused(status: Int, body: String)
    /// The server's `error` reply.
    case error(code: String, message: String)
    /// The server said goodbye.
    case closed(String)
    /// The answer cannot be used.
    case badAnswer(String)
    /// Nothing came in time.
    case timeout(String)

    /// Codes of the signaling protocol that trying again does not change.
    private static let permanentCodes: Set<String> = [
        "badMessage", "tooDeep", "limitExceeded", "unknownType", "badToken", "tokenExpired", "tokenRequired",
        "forbidden",
        "badOffer", "encryptionDiffers", "removed", "invitationRevoked", "hostTaken",
    ]

    /// Whether trying again with the same wish leads to the same error.
    package var isPermanent: Bool {
        switch self {
        case .badURL: true
        case .error(let code, _): Self.permanentCodes.contains(code)
        case .cannotConnect, .refused, .closed, .badAnswer, .timeout: false
        }
    }

    package var description: String {
        switch self {
        case .badURL(let url, let why): "\(url) is no URL to use: \(why)"
        case .cannotConnect(let why): "cannot connect: \(why)"
        case .refused(let status, let body): "HTTP \(status)\(body.isEmpty ? "" : ": \(body)")"
        case .error(let code, let message): "\(code): \(message)"
        case .closed(let why): "closed: \(why)"
        case .badAnswer(let why): "bad answer: \(why)"
        case .timeout(let what): "no \(what) in time"
        }
    }
}
