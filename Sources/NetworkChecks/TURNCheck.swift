import ICE
import NIOCore
import NIOPosix
import NIOSSL
import Primitives

/// Asks a TURN server for an allocation (RFC 8656 section 7.1), and to relay a check to the media server.
struct TURNCheck {
    /// Why nothing was relayed.
    enum Failure: Error, Hashable, Sendable {
        case notConnected(String)
        case unanswered
        /// No answer of a TURN server.
        case noTURN
        case refused(code: UInt16, step: String)
        case notRelayed
    }

    let url: ICEServerURL
    let username: String
    let credential: String

    /// The media server's address that answered through the relay.
    ///
    /// - Parameter targets: candidates of the media server.
    func run(
        _ targets: [TransportAddress], _ check: BindingCheck, tls: NIOSSLContext, group: any EventLoopGroup
    ) async throws(Failure) -> TransportAddress {
        let way: STUNCarrier.Way = url.isSecure ? .tls(tls) : url.transport == .tcp ? .tcp : .udp
        var carrier: STUNCarrier
        do {
            carrier = try await STUNCarrier.open(host: url.host, port: Int(url.port), way: way, group: group)
        } catch {
            throw .notConnected(reason(of: error))
        }
        defer { carrier.close() }
        var session = TURNSession(username: username, credential: credential)
        try await session.allocate(over: &carrier)
        var refusal = Failure.notRelayed
        for target in targets {
            do throws(Failure) {
                if try await session.relay(check, to: target, over: &carrier) {
                    await session.release(over: &carrier)
                    return target
                }
            } catch {
                refusal = error
            }
        }
        await session.release(over: &carrier)
        throw refusal
    }
}

/// A client's long-term credential at a TURN server, and what it does with it.
struct TURNSession {
    let username: String
    let credential: String
    private var realm: [UInt8] = []
    private var nonce: [UInt8] = []
    private var key: [UInt8] = []
    private var generator = SystemRandomNumberGenerator()

    init(username: String, credential: String) {
        self.username = username
        self.credential = credential
    }

    /// The first request tells realm and nonce by its refusal; the second has the credentials (RFC 8489 section 9.2.3).
    mutating func allocate(over carrier: inout STUNCarrier) async throws(TURNCheck.Failure) {
        let udp: [UInt8] = [17, 0, 0, 0]
        let attributes: [STUNAttribute] = [.other(.requestedTransport, udp)]
        let first = try await answer(TURN.allocateMethod, attributes, isSigned: false, over: &carrier)
        guard first.message.errorCode == .unauthenticated,
            let realm = STUNMessage.value(of: .realm, in: first.octets.span),
            let nonce = STUNMessage.value(of: .nonce, in: first.octets.span)
        else {
            // A server without credentials is one for everybody.
            if first.message.messageClass == .success { return }
            guard let code = first.message.errorCode else { throw .noTURN }
            throw .refused(code: code.rawValue, step: "allocation")
        }
        self.realm = realm
        self.nonce = nonce
        key = TURN.key(username: username, realm: String(decoding: realm, as: UTF8.self), password: credential)
        try await confirm(TURN.allocateMethod, attributes, "allocation", over: &carrier)
    }

    /// Sends the check to the media server and waits for the answer from there.
    mutating func relay(
        _ check: BindingCheck, to target: TransportAddress, over carrier: inout STUNCarrier
    ) async throws(TURNCheck.Failure) -> Bool {
        let permission = STUNTransactionID.random(using: &generator)
        let peer = STUNAttribute.other(.xorPeerAddress, target.xorValue(for: permission))
        try await confirm(
            TURN.createPermissionMethod, [peer], "permission for \(target.host)", over: &carrier, permission)
        let (request, checkID) = check.request()
        let id = STUNTransactionID.random(using: &generator)
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.indication, method: TURN.sendMethod, transactionID: id, into: &octets)
        builder.append(.other(.xorPeerAddress, target.xorValue(for: id)), to: &octets)
        builder.append(.other(.data, request), to: &octets)
        let answer = await carrier.message(after: octets) { octets in
            guard let message = try? STUNMessage(parsing: octets.span), message.method == TURN.dataMethod,
                let data = STUNMessage.value(of: .data, in: octets.span)
            else { return false }
            return check.isAnswer(data, to: checkID)
        }
        return answer != nil
    }

    /// Gives the allocation back.
    mutating func release(over carrier: inout STUNCarrier) async {
        _ = try? await answer(TURN.refreshMethod, [.other(.lifetime, [0, 0, 0, 0])], isSigned: true, over: &carrier)
    }

    private mutating func confirm(
        _ method: UInt16, _ attributes: [STUNAttribute], _ step: String, over carrier: inout STUNCarrier,
        _ id: STUNTransactionID? = nil
    ) async throws(TURNCheck.Failure) {
        let reply = try await answer(method, attributes, isSigned: true, over: &carrier, id)
        guard reply.message.messageClass != .success else { return }
        throw .refused(code: reply.message.errorCode?.rawValue ?? 0, step: step)
    }

    private mutating func answer(
        _ method: UInt16, _ attributes: [STUNAttribute], isSigned: Bool, over carrier: inout STUNCarrier,
        _ id: STUNTransactionID? = nil
    ) async throws(TURNCheck.Failure) -> (octets: [UInt8], message: STUNMessage) {
        let id = id ?? .random(using: &generator)
        var octets: [UInt8] = []
        let builder = STUNMessageBuilder(.request, method: method, transactionID: id, into: &octets)
        for attribute in attributes { builder.append(attribute, to: &octets) }
        if isSigned, !key.isEmpty {
            builder.append(.username(username), to: &octets)
            builder.append(.other(.realm, realm), to: &octets)
            builder.append(.other(.nonce, nonce), to: &octets)
            builder.appendMessageIntegrity(key: key.span, to: &octets)
        }
        guard let answer = await carrier.answer(to: octets, id) else { throw .unanswered }
        guard let message = try? STUNMessage(parsing: answer.span), message.method == method else { throw .noTURN }
        return (answer, message)
    }
}
