import DTLS
import ICE
import Primitives
import RTP
import SRTP

/// The other role of every protocol that the server speaks: a controlling ICE agent, a DTLS client, a sender of media
/// and a receiver of slots. For tests, and for headless clients.
///
/// Sans-IO: give it datagrams with `receive`, call `handleTimeout` at `nextTimeout`, and after each of the two, and after
/// sending, drain `nextDatagram` (or `drainDatagrams`) and `takeEvents`. Confined to one thread.
package final class ClientPeer {
    /// The first reports follow the handshake after this time.
    static let firstReport = Duration.milliseconds(100)
    /// Between reports.
    static let reportInterval = Duration.seconds(1)

    package let parameters: ClientParameters
    package let options: ClientOptions
    package internal(set) var state = ClientState.connecting
    /// What the client may send, by publication and encoding.
    package private(set) var encodings: [[SendingEncoding]]
    package let slots: [ReceivingSlot]
    /// Called with each packet of media that is new to its slot, and its payload.
    package var mediaHandler: ((IncomingMedia, Span<UInt8>) -> Void)?
    /// Datagrams and packets that were dropped.
    package internal(set) var dropped = DropCounts()

    var agent: ICEControllingAgent
    /// The path of the agent before an ICE restart: media stays on it until the new one has a path.
    var previousPath: NetworkPath?
    let endpoint: DTLSEndpoint
    var receiver: SRTPReceiver?
    var rtcpSender: SRTCPSender?
    var rtpSender: SRTPSender?
    var keys: SRTPKeyingMaterial?
    var generator: SeededGenerator
    var outbound = OutboundDatagrams()
    var events: [ClientEvent] = []
    /// By the SSRCs of media and of retransmissions.
    var slotBySSRC: [UInt32: Int] = [:]
    var encodingBySSRC: [UInt32: SendingEncoding] = [:]
    var arrivals = ArrivalLog()
    var feedbackCount: UInt8 = 0
    var transportSequence: UInt16
    var nextReport: MonotonicInstant?
    /// Used again for every message.
    var scratch: [UInt8] = []
    /// The SSRC in front of reports and feedback: the first that is sent, else 1, as browsers do.
    let reporter: SSRC

    /// A client whose first check is due at `now`.
    ///
    /// - Parameters:
    ///   - localAddress: where its datagrams leave from.
    ///   - seed: for SSRCs, first numbers and transaction IDs; from the system's generator outside tests.
    /// - Throws: `DTLSError`, where OpenSSL has no memory.
    package init(
        parameters: ClientParameters, context: ClientContext, localAddress: TransportAddress,
        options: ClientOptions = ClientOptions(), seed: UInt64, now: MonotonicInstant,
        dtlsTiming: DTLSTiming = .default
    ) throws(DTLSError) {
        self.parameters = parameters
        self.options = options
        var generator = SeededGenerator(seed: seed)
        var encodings: [[SendingEncoding]] = []
        for (publication, section) in parameters.publications.enumerated() {
            var row: [SendingEncoding] = []
            for (index, encoding) in section.encodings.enumerated() {
                row.append(
                    SendingEncoding(
                        publication: publication, encoding: index, parameters: encoding,
                        firstSequence: options.firstSequence, generator: &generator))
            }
            encodings.append(row)
        }
        self.encodings = encodings
        slots = parameters.slots.enumerated().map { ReceivingSlot(index: $0, parameters: $1) }
        transportSequence = UInt16.random(in: .min ... .max, using: &generator)
        agent = ICEControllingAgent(
            local: parameters.localCredentials, remote: parameters.remoteCredentials,
            remoteCandidates: parameters.remoteCandidates, localAddress: localAddress,
            generator: SeededGenerator(seed: generator.next()), now: now)
        endpoint = try DTLSEndpoint(
            context: context.dtls, role: .client, remoteFingerprints: parameters.remoteFingerprints, now: now,
            timing: dtlsTiming)
        reporter = encodings.first?.first?.ssrc ?? SSRC(1)
        self.generator = generator
        for slot in slots {
            slotBySSRC[slot.parameters.ssrc.rawValue] = slot.index
            if let rtx = slot.parameters.rtxSSRC { slotBySSRC[rtx.rawValue] = slot.index }
        }
        for encoding in encodings.joined() { encodingBySSRC[encoding.ssrc.rawValue] = encoding }
    }

    /// Goes on with another SSRC in an encoding, as encoders do that start anew. What was sent with the one before is still
    /// sent again where the server asks for it.
    ///
    /// - Parameters:
    ///   - firstSequence: of media, in the lower half of the numbers, as receivers guess the roll-over counter.
    ///   - ssrc: of media; random where it is `nil`.
    ///   - rtxSSRC: of retransmissions, likewise.
    package func restart(
        publication: Int, encoding: Int, firstSequence: UInt16, ssrc: SSRC? = nil, rtxSSRC: SSRC? = nil
    ) {
        let before = encodings[publication][encoding]
        let next = SendingEncoding(
            publication: publication, encoding: encoding,
            parameters: .init(rid: before.rid, ssrc: ssrc, rtxSSRC: rtxSSRC), firstSequence: firstSequence,
            generator: &generator)
        if rtxSSRC == before.rtxSSRC { next.nextRTXSequence = before.nextRTXSequence }
        encodings[publication][encoding] = next
        encodingBySSRC[next.ssrc.rawValue] = next
    }

    /// Whether media can flow.
    package var isEstablished: Bool {
        if case .established = state { true } else { false }
    }

    /// Whether the connection is over.
    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Where media goes and comes from.
    package var selectedPath: NetworkPath? { agent.selectedPath ?? previousPath }

    /// The next datagram to be sent; `nil` where there is none.
    package func nextDatagram() -> (octets: [UInt8], path: NetworkPath)? { outbound.popFirst() }

    /// Hands out every datagram that is to be sent, without copies.
    package func drainDatagrams(_ body: (UnsafeRawBufferPointer, NetworkPath) -> Void) {
        if !outbound.isEmpty { unsafe outbound.drain(body) }
    }

    /// The events since the last call.
    package func takeEvents() -> [ClientEvent] {
        guard !events.isEmpty else { return [] }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// When `handleTimeout` is to be called; `nil` when nothing is awaited.
    package var nextTimeout: MonotonicInstant? {
        if isClosed { return nil }
        var next = earliest(earliest(agent.nextTimeout, endpoint.nextTimeout), nextReport)
        if options.sendsTransportFeedback { next = earliest(next, arrivals.nextTimeout) }
        for slot in slots {
            if options.sendsNACK, slot.missing.count > 0 { next = earliest(next, slot.missing.nextTimeout) }
            if options.requestsKeyframes { next = earliest(next, slot.keyframeDue) }
        }
        return next
    }

    /// Runs what is due.
    package func handleTimeout(now: MonotonicInstant) {
        guard !isClosed else { return }
        if let due = agent.nextTimeout, due <= now {
            switch agent.handleTimeout(now: now) {
            case .none: break
            case .failed(let reason): return end(.ice(reason))
            case .consentLost: return end(.consentLost)
            }
        }
        if let due = endpoint.nextTimeout, due <= now { endpoint.handleTimeout(now: now) }
        settle(now: now)
        if isEstablished { sendWhatIsDue(now: now) }
    }

    /// Says goodbye with close_notify and ends.
    package func close() {
        guard !isClosed else { return }
        endpoint.close()
        drainMachines()
        end(.closedHere)
    }

    /// Goes on from another local address, as after a change of network.
    package func move(to address: TransportAddress, now: MonotonicInstant) {
        guard !isClosed else { return }
        agent.move(to: address, now: now)
        drainMachines()
    }

    /// ICE restart (RFC 8445 section 9): a new agent with new credentials; DTLS and media go on.
    package func restart(
        local: ICECredentials, remote: ICECredentials, remoteCandidates: [TransportAddress], now: MonotonicInstant
    ) {
        guard !isClosed else { return }
        previousPath = selectedPath
        agent = ICEControllingAgent(
            local: local, remote: remote, remoteCandidates: remoteCandidates, localAddress: agent.localAddress,
            generator: SeededGenerator(seed: generator.next()), now: now)
    }

    /// Takes over what ICE and DTLS have come to, and what they want to send.
    func settle(now: MonotonicInstant) {
        switch (state, endpoint.state) {
        case (.handshaking, .established(let keys)): establish(keys, now: now)
        case (.connecting, .failed(let failure)), (.handshaking, .failed(let failure)),
            (.established, .failed(let failure)):
            drainMachines()
            return end(.handshake(failure.description))
        case (.connecting, .closed), (.handshaking, .closed), (.established, .closed):
            drainMachines()
            return end(.closedByServer)
        case (.connecting, .handshaking), (.handshaking, .handshaking), (.established, .handshaking),
            (.connecting, .established), (.established, .established), (.closed, _):
            break
        }
        drainMachines()
    }

    private func establish(_ keys: SRTPKeyingMaterial, now: MonotonicInstant) {
        do throws(SRTPError) {
            receiver = try SRTPReceiver(profile: keys.profile, key: keys.remote)
            rtcpSender = try SRTCPSender(profile: keys.profile, key: keys.local)
        } catch {
            return end(.handshake(error.description))
        }
        self.keys = keys
        state = .established
        nextReport = now + Self.firstReport
        events.append(.established(keys.profile))
    }

    func drainMachines() {
        while let (octets, path) = agent.nextDatagram() { outbound.append(octets, on: path) }
        while let octets = endpoint.nextDatagram() {
            if let path = selectedPath { outbound.append(octets, on: path) }
        }
    }

    func end(_ reason: ClientCloseReason) {
        state = .closed(reason)
        events.append(.closed(reason))
    }
}

/// What a client dropped.
package struct DropCounts: Equatable, Sendable {
    /// Neither STUN, DTLS, RTP nor RTCP, or before its time.
    package var unexpected = 0
    /// STUN that the agent refused.
    package var stun = 0
    /// SRTP and SRTCP whose tag is wrong.
    package var notAuthentic = 0
    /// SRTP and SRTCP that came before.
    package var replayed = 0
    /// RTP and RTCP that cannot be read.
    package var malformed = 0
    /// RTP of an SSRC that no slot has.
    package var unknownSSRC = 0

    package init() {}
}
