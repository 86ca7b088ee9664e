import ICE
import MediaControl
import Primitives
import RTP
import SDP

/// Where the offers of one participant led to.
struct Negotiation: Sendable {
    /// What an offer brings along.
    struct Proposal: Sendable {
        var offer: String
        var publish: [PublishRequest]
        var slots: [SlotRequest]
        /// Whether a rejected section for sound or pictures makes the whole offer fail.
        var refusesPartialAnswers = false
    }

    /// Why an offer is not answered.
    enum Failure: Error {
        case badRequest(String)
        case badOffer(String)
    }

    private(set) var session: NegotiatedSession
    private(set) var credentials: ICECredentials
    /// What each publishing section is for, by mid.
    private(set) var sources: [String: TrackSource]
    /// What each accepted receiving section is for.
    private(set) var slots: [PlannedSlot]
    private let cnamePrefix: String
    private let sessionID: UInt64
    /// Counts the answers.
    private(set) var version: UInt64

    /// Reads and answers the first offer. Costs milliseconds, so it runs outside all actors.
    @concurrent
    static func begin(
        _ proposal: Proposal, configuration: RoomsConfiguration, randomness: Randomness
    ) async throws(Failure) -> Negotiation {
        var randomness = randomness
        let prefix = randomness.cnamePrefix()
        let (session, sources, slots) = try negotiate(
            proposal, configuration, cnamePrefix: prefix, previous: nil, &randomness)
        return Negotiation(
            session: session, credentials: randomness.iceCredentials(), sources: sources, slots: slots,
            cnamePrefix: prefix, sessionID: randomness.next() & UInt64(Int64.max), version: 1)
    }

    /// Reads and answers a further offer; an ICE restart gets new credentials (RFC 8445 section 9).
    @concurrent
    func next(
        _ proposal: Proposal, configuration: RoomsConfiguration, randomness: Randomness
    ) async throws(Failure) -> Negotiation {
        var randomness = randomness
        var next = self
        (next.session, next.sources, next.slots) = try Self.negotiate(
            proposal, configuration, cnamePrefix: cnamePrefix, previous: session, &randomness)
        if next.session.isICERestart(after: session) { next.credentials = randomness.iceCredentials() }
        next.version &+= 1
        return next
    }

    /// The answer's text.
    func answer(fingerprint: CertificateFingerprint, candidates: [TransportAddress]) -> String {
        session.answer(
            for: LocalSession(
                credentials: credentials, fingerprint: fingerprint, candidates: candidates, sessionID: sessionID,
                version: version))
    }

    /// What the room keeps of it.
    var media: NegotiatedMedia {
        NegotiatedMedia(
            receive: session.publications, send: session.slots, localCredentials: credentials,
            remoteCredentials: session.remoteCredentials, remoteFingerprints: session.remoteFingerprints,
            hasDataSection: session.hasDataSection, startsHandshake: session.startsHandshake)
    }

    private static func negotiate(
        _ proposal: Proposal, _ configuration: RoomsConfiguration, cnamePrefix: String, previous: NegotiatedSession?,
        _ randomness: inout Randomness
    ) throws(Failure) -> (NegotiatedSession, [String: TrackSource], [PlannedSlot]) {
        let offer: Offer
        do { offer = try Offer(parsing: proposal.offer) } catch { throw .badOffer(error.description) }
        let slots: [PlannedSlot]
        let sources: [String: TrackSource]
        do {
            slots = try SlotPlan(
                sections: sections(of: offer) { $0 == .recvonly }, requests: proposal.slots,
                maximum: configuration.maximumSlots
            ).slots
            sources = try PublicationPlan.sources(
                of: sections(of: offer) { $0 == .sendonly || $0 == .sendrecv }, requests: proposal.publish)
        } catch { throw .badRequest(error.message) }
        var seats: [String: Int] = [:]
        for slot in slots { seats[slot.mid] = stream(of: slot, configuration) }
        let policy = NegotiationPolicy(
            codecs: configuration.audioCodecs + configuration.videoCodecs, maximumSlots: configuration.maximumSlots)
        do {
            let session = try Negotiator.negotiate(
                offer, policy: policy, seats: seats, cnamePrefix: cnamePrefix, previous: previous,
                generator: &randomness)
            if proposal.refusesPartialAnswers { try refuseRejections(in: session) }
            // A section may be refused by itself, for its codecs say.
            let accepted = Set(session.slots.map(\.mid))
            return (session, sources, slots.filter { accepted.contains($0.mid) })
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
    private static func stream(of slot: PlannedSlot, _ configuration: RoomsConfiguration) -> Int {
        switch slot.use {
        case .seat: slot.number
        case .screen: configuration.maximumSlots + slot.number
        case .audio: 2 * configuration.maximumSlots + slot.number
        }
    }
}
