import DTLS
import ICE
import Primitives
import RTP
import SRTP

/// The client role of every protocol of the server: a controlling ICE agent, a DTLS client, a sender of media and a
/// receiver of slots. For tests, and for headless clients.
///
/// Sans-IO: the caller passes datagrams to `receive` and calls `handleTimeout` at `nextTimeout`. After each of these
/// calls, and after sending, it drains `nextDatagram` (or `drainDatagrams`) and `takeEvents`. Confined to one thread.
package final class ClientPeer {
    /// The time from the handshake to the first reports.
    static let firstReport = Duration.milliseconds(100)
    /// The time between reports.
    static let reportInterval = Duration.seconds(1)

    package private(set) var parameters: ClientParameters
    package let options: ClientOptions
    package internal(set) var state = ClientState.connecting
    /// The encodings that the client may send, by publication and encoding.
    package private(set) var encodings: [[SendingEncoding]]
    package let slots: [ReceivingSlot]
    /// Called with each new packet of a slot and its payload.
    package var mediaHandler: ((IncomingMedia, Span<UInt8>) -> Void)?
    /// Datagrams and packets that were dropped.
    package internal(set) var dropped = DropCounts()

    var agent: ICEControllingAgent
    /// The path of the server's last DTLS datagram, used for answers while ICE has selected no path.
    var handshakePath: NetworkPath?
    /// The path before an ICE restart, used for media until the new agent has selected one.
    var previousPath: NetworkPath?
    let endpoint: DTLSEndpoint
    var receiver: SRTPReceiver?
    var rtcpSender: SRTCPProtector?
    var rtpSender: SRTPProtector?
    var keys: SRTPKeyingMaterial?
    var generator: SeededGenerator
    var outbound = OutboundDatagrams()
    var events: [ClientEvent] = []
    /// Slot indices by the SSRCs of media and of retransmissions.
    var slotBySSRC: [UInt32: Int] = [:]
    var encodingBySSRC: [UInt32: SendingEncoding] = [:]
    var arrivals = ArrivalLog()
    var feedbackCount: UInt8 = 0
    var transportSequence: UInt16
    var nextReport: MonotonicInstant?
    /// Reused for every message.
    var scratch: [UInt8] = []
    /// The sender SSRC of reports and feedback: the first of this client's SSRCs, else 1, as in browsers.
    let reporter: SSRC

    /// A client whose first check is due at `now`.
    ///
    /// - Parameters:
    ///   - localAddress: the source address of its datagrams.
    ///   - seed: for SSRCs, first sequence numbers and transaction IDs; outside tests from the system's generator.
    /// - Throws: `DTLSError` if OpenSSL has no memory.
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
            generator: SeededGenerator(seed: generator.next()), now: now, timing: Self.timing(options))
        endpoint = try DTLSEndpoint(
            context: context.dtls, role: options.awaitsHandshake ? .server : .client,
            remoteFingerprints: parameters.remoteFingerprints, now: now,
            timing: dtlsTiming)
        reporter = encodings.first?.first?.ssrc ?? SSRC(1)
        self.generator = generator
        for slot in slots {
            slotBySSRC[slot.parameters.ssrc.rawValue] = slot.index
            if let rtx = slot.parameters.rtxSSRC { slotBySSRC[rtx.rawValue] = slot.index }
        }
        for encoding in encodings.joined() { encodingBySSRC[encoding.ssrc.rawValue] = encoding }
    }

    /// Continues an encoding with another SSRC, as restarted encoders do. Packets of the previous SSRC are still
    /// retransmitted on request.
    ///
    /// - Parameters:
    ///   - firstSequence: the first sequence number of media, in the lower half, because receivers guess the roll-over
    ///     counter.
    ///   - ssrc: the SSRC of media; `nil` means random.
    ///   - rtxSSRC: the SSRC of retransmissions; `nil` means random.
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

    /// Continues a publication in another section, with SSRCs of that section's own, as a page does that moves its camera.
    package func move(publication: Int, to section: ReceiveParameters) {
        parameters.publications[publication] = section
        encodings[publication] = section.encodings.enumerated().map { index, encoding in
            SendingEncoding(
                publication: publication, encoding: index, parameters: encoding, firstSequence: options.firstSequence,
                generator: &generator)
        }
        for encoding in encodings[publication] { encodingBySSRC[encoding.ssrc.rawValue] = encoding }
    }

    /// Whether media can flow.
    package var isEstablished: Bool {
        if case .established = state { true } else { false }
    }

    /// Whether the connection is over.
    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// The path of media.
    package var selectedPath: NetworkPath? { agent.selectedPath ?? previousPath }

    /// The next datagram to send; `nil` if there is none.
    package func nextDatagram() -> (octets: [UInt8], path: NetworkPath)? { outbound.popFirst() }

    /// Passes every datagram to send to `body`, without copies.
    package func drainDatagrams(_ body: (UnsafeRawBufferPointer, NetworkPath) -> Void) {
        if !outbound.isEmpty { unsafe outbound.drain(body) }
    }

    /// The events since the last call.
    package func takeEvents() -> [ClientEvent] {
        guard !events.isEmpty else { return [] }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// When to call `handleTimeout`; `nil` if no timer runs.
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

    /// Runs the due timers.
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

    /// Sends close_notify and ends.
    package func close() {
        guard !isClosed else { return }
        endpoint.close()
        drainMachines()
        end(.closedHere)
    }

    /// Continues from another local address, as after a change of network.
    package func move(to address: TransportAddress, now: MonotonicInstant) {
        guard !isClosed else { return }
        agent.move(to: address, now: now)
        drainMachines()
    }

    /// ICE restart (RFC 8445 section 9): a new agent with new credentials; DTLS and media continue.
    package func restart(
        local: ICECredentials, remote: ICECredentials, remoteCandidates: [TransportAddress], now: MonotonicInstant
    ) {
        guard !isClosed else { return }
        previousPath = selectedPath
        agent = ICEControllingAgent(
            local: local, remote: remote, remoteCandidates: remoteCandidates, localAddress: agent.localAddress,
            generator: SeededGenerator(seed: generator.next()), now: now, timing: Self.timing(options))
    }

    private static func timing(_ options: ClientOptions) -> ICEControllingAgent.Timing {
        var timing = ICEControllingAgent.Timing()
        if !options.sendsConsentChecks {
            timing.consentInterval = .seconds(1 << 20)
            timing.consentTimeout = .seconds(1 << 20)
        }
        return timing
    }

    /// Applies the state changes of ICE and DTLS, and queues their datagrams.
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
            rtcpSender = try SRTCPProtector(profile: keys.profile, key: keys.local)
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
            if let path = selectedPath ?? handshakePath { outbound.append(octets, on: path) }
        }
    }

    func end(_ reason: ClientCloseReason) {
        state = .closed(reason)
        events.append(.closed(reason))
    }
}

/// Counts of dropped datagrams and packets.
package struct DropCounts: Equatable, Sendable {
    /// Datagrams that are neither STUN, DTLS, RTP nor RTCP, or came too early.
    package var unexpected = 0
    /// STUN messages that the agent dropped.
    package var stun = 0
    /// SRTP and SRTCP packets with a wrong tag.
    package var notAuthentic = 0
    /// Replayed SRTP and SRTCP packets.
    package var replayed = 0
    /// Unreadable RTP and RTCP packets.
    package var malformed = 0
    /// RTP packets of an SSRC without a slot.
    package var unknownSSRC = 0

    package init() {}
}
