import ICE
import Primitives

/// A Binding request as a test composes it.
struct Check {
    var username: String
    var password: String
    var role: STUNMessage.Role? = .controlling(tieBreaker: 1)
    var usesCandidate = false
    var extra: [STUNAttribute] = []
    var hasFingerprint = true
    var transactionID = STUNTransactionID(high: 7, low: 9)

    /// A check of the peer that has `remote` to the agent that has `local`.
    init(to local: ICECredentials, from remote: ICECredentials, nominating: Bool = false) {
        username = "\(local.usernameFragment):\(remote.usernameFragment)"
        password = local.password
        usesCandidate = nominating
    }

    var octets: [UInt8] {
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, transactionID: transactionID, into: &octets)
        builder.append(.username(username), to: &octets)
        for attribute in extra { builder.append(attribute, to: &octets) }
        switch role {
        case .controlling(let tieBreaker)?:
            builder.append(.priority(1), to: &octets)
            builder.append(.iceControlling(tieBreaker), to: &octets)
        case .controlled(let tieBreaker)?:
            builder.append(.priority(1), to: &octets)
            builder.append(.iceControlled(tieBreaker), to: &octets)
        case nil: break
        }
        if usesCandidate { builder.append(.useCandidate, to: &octets) }
        let key = Array(password.utf8)
        builder.appendMessageIntegrity(key: key.span, to: &octets)
        if hasFingerprint { builder.appendFingerprint(to: &octets) }
        return octets
    }
}
