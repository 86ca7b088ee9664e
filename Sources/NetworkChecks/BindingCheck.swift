import ICE
import NIOCore
import NIOPosix
import NIOSSL
import Primitives

/// One connectivity check of a candidate (RFC 8445 section 7.2.2), without a nomination.
struct BindingCheck: Sendable {
    let local: ICECredentials
    let remote: ICECredentials

    enum Outcome: Hashable, Sendable {
        case answered(Duration)
        /// The connection was refused or not made, for this reason.
        case notConnected(String)
        case unanswered
    }

    /// The octets of a check, and what tells its answer.
    func request() -> (octets: [UInt8], id: STUNTransactionID) {
        var generator = SystemRandomNumberGenerator()
        let id = STUNTransactionID.random(using: &generator)
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, transactionID: id, into: &octets)
        builder.append(.username("\(remote.usernameFragment):\(local.usernameFragment)"), to: &octets)
        builder.append(.priority(1), to: &octets)
        builder.append(.iceControlling(generator.next()), to: &octets)
        builder.appendMessageIntegrity(key: Array(remote.password.utf8).span, to: &octets)
        builder.appendFingerprint(to: &octets)
        return (octets, id)
    }

    /// Whether the octets are the success that a check with this ID asks for.
    func isAnswer(_ octets: [UInt8], to id: STUNTransactionID) -> Bool {
        guard let message = try? STUNMessage(parsing: octets.span) else { return false }
        return message.transactionID == id && message.messageClass == .success
            && message.verifiesIntegrity(in: octets.span, key: Array(remote.password.utf8).span)
    }

    /// Sends a check to a candidate until it is answered.
    func run(_ candidate: TransportAddress, _ way: STUNCarrier.Way, group: any EventLoopGroup) async -> Outcome {
        let start = ContinuousClock.now
        var carrier: STUNCarrier
        do {
            carrier = try await STUNCarrier.open(
                host: candidate.host, port: Int(candidate.port), way: way, group: group)
        } catch {
            return .notConnected(reason(of: error))
        }
        defer { carrier.close() }
        let (request, id) = request()
        let answer = await carrier.message(after: request) { isAnswer($0, to: id) }
        return answer == nil ? .unanswered : .answered(ContinuousClock.now - start)
    }
}
