import ICE
import MediaControl
import Primitives
import RTP
import SDP

/// The agreement that the offers of one participant led to.
struct Negotiation: Sendable {
    /// Codecs and limits that the server and the room allow.
    struct Rules: Sendable {
        /// The preferred ones first.
        var codecs: [Codec]
        var maximumSlots: Int

        init(_ configuration: RoomsConfiguration, _ settings: RoomSettings) {
            codecs = settings.audioCodecs + settings.videoCodecs
            maximumSlots = configuration.maximumSlots
        }
    }

    /// Why an offer is not answered.
    enum Failure: Error {
        case badRequest(String)
        case badOffer(String)
    }

    private(set) var session: NegotiatedSession
    private(set) var credentials: ICECredentials
    /// What each publishing section is for, by mid; those too that the latest offer does not send in.
    private var sources: [String: TrackSource]
    /// The source that a section can carry in a second codec, by mid.
    private var seconds: [String: TrackSource]
    /// What each accepted receiving section is for.
    private var slots: [PlannedSlot]
    private let cnamePrefix: String
    private let sessionID: UInt64
    private var style: AnswerStyle
    /// Counts the answers.
    private(set) var version: UInt64

    /// Answers the offer of a join, and parses it where its front has not. Costs milliseconds, so it runs outside all actors.
    /// - Returns: `nil` where there is no offer.
    @concurrent
    static func begin(
        _ media: JoinMedia, _ rules: Rules, _ randomness: Randomness
    ) async throws(Failure) -> Negotiation? {
        switch media {
        case .none: return nil
        case .offer(let offer): return try first(offer, rules, randomness)
        case .unread(_, let parse):
            let offer: MediaOffer
            do { offer = try parse() } catch { throw .badOffer(error.description) }
            return try first(offer, rules, randomness)
        }
    }

    /// Answers the offer of a participant who joined without one.
    @concurrent
    static func begin(
        _ offer: MediaOffer, _ rules: Rules, _ randomness: Randomness
    ) async throws(Failure) -> Negotiation {
        try first(offer, rules, randomness)
    }

    private static func first(
        _ offer: MediaOffer, _ rules: Rules, _ randomness: Randomness
    ) throws(Failure) -> Negotiation {
        var randomness = randomness
        let prefix = randomness.cnamePrefix()
        let (session, sources, seconds, slots) = try negotiate(
            offer, rules, cnamePrefix: prefix, previous: nil, &randomness)
        return Negotiation(
            session: session, credentials: randomness.iceCredentials(), sources: sources, seconds: seconds,
            slots: slots,
            cnamePrefix: prefix, sessionID: randomness.next() & UInt64(Int64.max), style: offer.answerStyle, version: 1)
    }

    /// Answers a further offer; an ICE restart gets new credentials (RFC 8445 section 9).
    @concurrent
    func next(
        _ offer: MediaOffer, _ rules: Rules, _ randomness: Randomness
    ) async throws(Failure) -> Negotiation {
        var randomness = randomness
        var next = self
        (next.session, next.sources, next.seconds, next.slots) = try Self.negotiate(
            offer, rules, cnamePrefix: cnamePrefix, previous: self, &randomness)
        if next.session.isICERestart(after: session) { next.credentials = randomness.iceCredentials() }
        next.style = offer.answerStyle
        next.version &+= 1
        return next
    }

    /// The answer's text.
    func answer(fingerprint: CertificateFingerprint, worker: WorkerInfo) -> String {
        session.answer(
            for: LocalSession(
                credentials: credentials, fingerprint: fingerprint, candidates: worker.addresses,
                acceptsTCP: worker.acceptsTCP, sessionID: sessionID, version: version), style: style)
    }

    /// The part of the agreement that the room keeps.
    var media: NegotiatedMedia {
        NegotiatedMedia(
            receive: session.publications, send: session.slots, localCredentials: credentials,
            remoteCredentials: session.remoteCredentials, remoteFingerprints: session.remoteFingerprints,
            hasDataSection: session.hasDataSection, startsHandshake: session.startsHandshake, sources: sources,
            seconds: seconds, slots: slots)
    }

    private static func negotiate(
        _ proposal: MediaOffer, _ rules: Rules, cnamePrefix: String, previous: Negotiation?,
        _ randomness: inout Randomness
    ) throws(Failure) -> (NegotiatedSession, [String: TrackSource], [String: TrackSource], [PlannedSlot]) {
        let offer = proposal.offer
        let slots: [PlannedSlot]
        let sources: [String: TrackSource]
        let seconds: [String: TrackSource]
        do {
            slots = try SlotPlan(
                sections: sections(of: offer) { $0 == .recvonly }, requests: proposal.slots,
                maximum: rules.maximumSlots, known: previous?.slots ?? []
            ).slots
            let sending = sections(of: offer) { $0 == .sendonly || $0 == .sendrecv }
            sources = try PublicationPlan.sources(
                of: sending, requests: proposal.publish.filter { !$0.isSecond }, known: previous?.sources ?? [:])
            seconds = try PublicationPlan.seconds(
                of: sending, requests: proposal.publish.filter(\.isSecond), sources: sources,
                known: previous?.seconds ?? [:])
        } catch { throw .badRequest(error.message) }
        var seats: [String: Int] = [:]
        for slot in slots { seats[slot.mid] = stream(of: slot, rules) }
        let policy = NegotiationPolicy(
            codecs: rules.codecs, maximumSlots: rules.maximumSlots)
        do {
            let session = try Negotiator.negotiate(
                offer, policy: policy, seats: seats, cnamePrefix: cnamePrefix,
                previous: previous?.session, generator: &randomness)
            if proposal.refusesPartialAnswers { try refuseRejections(in: session) }
            // A section may be refused by itself, for its codecs say.
            let accepted = Set(session.slots.map(\.mid))
            return (session, sources, seconds, slots.filter { accepted.contains($0.mid) })
        } catch let error as Failure {
            throw error
        } catch { throw .badOffer("\(error)") }
    }

    private static func refuseRejections(in session: NegotiatedSession) throws(Failure) {
        for section in session.sections where section.kind != nil {
            guard case .rejected(let reason) = section.content, reason != .disabledByOfferer else { continue }
            throw .badOffer("m-section \(section.index) of the offer cannot be used: \(reason).")
        }
    }

    private static func sections(
        of offer: Offer, where isWanted: (MediaDirection) -> Bool
    ) -> [(mid: String, kind: MediaKind)] {
        offer.sections.compactMap { section in
            guard let mid = section.mid, let kind = section.kind.mediaKind, !section.isZeroPort,
                isWanted(section.direction)
            else { return nil }
            return (mid, kind)
        }
    }

    /// The stream (msid, CNAME) that the slot belongs to: slots of one seat, and of one screen, are played in step.
    private static func stream(of slot: PlannedSlot, _ rules: Rules) -> Int {
        switch slot.use {
        case .seat: slot.number
        case .screen: rules.maximumSlots + slot.number
        case .audio: 2 * rules.maximumSlots + slot.number
        }
    }
}
