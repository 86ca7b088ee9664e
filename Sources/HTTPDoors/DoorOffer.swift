import HTTPTypes
import ICE
import RTP
import SDP

/// An offer that keeps the rules of its door.
struct DoorOffer: Sendable {
    let offer: Offer
    /// What the offer has a section for to publish.
    let kinds: Set<MediaKind>

    init(parsing text: String, for door: Door) throws(DoorProblem) {
        do {
            // A room would take `sendrecv` for an offer to publish; a player is answered `sendonly` either way.
            offer = try Offer(parsing: text, receivesOnly: door == .whep)
        } catch {
            throw error.isUnreadable
                ? DoorProblem(.badRequest, .badOffer, error.description)
                : DoorProblem(.unprocessableContent, .cannotNegotiate, error.description)
        }
        let media = offer.sections.filter { $0.kind.mediaKind != nil && !$0.isZeroPort }
        kinds = Set(media.compactMap(\.kind.mediaKind))
        switch door {
        case .whip: try Self.checkPublisher(media)
        case .whep: try Self.checkPlayer(media)
        }
    }

    /// The client's ICE credentials.
    var credentials: ICECredentials { offer.credentials }

    /// RFC 9725 sections 4.2 and 4.4.2: what is offered is sent, one track of each kind.
    private static func checkPublisher(_ media: [OfferSection]) throws(DoorProblem) {
        guard !media.isEmpty else { throw refusal("The offer has no audio or video section to publish in.") }
        for section in media where !section.direction.sends {
            throw refusal(
                "m-section \(section.index) of the offer is \(section.direction.rawValue); WHIP takes sendonly (or sendrecv) "
                    + "sections alone. To play, offer to /whep.")
        }
        for kind in [MediaKind.audio, .video] {
            let count = media.count { $0.kind.mediaKind == kind }
            guard count <= 1 else {
                throw refusal(
                    "The offer has \(count) \(kind.rawValue) sections; WHIP takes one track of each kind. Publish another "
                        + "in a session of its own, with another name.")
            }
        }
    }

    /// draft-ietf-wish-whep section 4.2: what is offered is received.
    private static func checkPlayer(_ media: [OfferSection]) throws(DoorProblem) {
        guard !media.isEmpty else { throw refusal("The offer has no audio or video section to play in.") }
        for section in media where !section.direction.receives {
            throw refusal(
                "m-section \(section.index) of the offer is \(section.direction.rawValue); WHEP takes recvonly (or sendrecv) "
                    + "sections alone. To publish, offer to /whip.")
        }
    }

    private static func refusal(_ detail: String) -> DoorProblem {
        DoorProblem(.unprocessableContent, .cannotNegotiate, detail)
    }
}

extension OfferError {
    /// Whether the offer is against the grammar or contradicts itself; else it says clearly what is not served here.
    fileprivate var isUnreadable: Bool {
        switch self {
        case .unreadable, .missingMid, .invalidMid, .duplicateMid, .missingCredentials, .invalidCredentials,
            .extensionConflict, .duplicateSSRC:
            true
        case .noSections, .bothLite, .noBundle, .outsideBundle, .insecureTransport, .sdes, .missingRTCPMux,
            .missingFingerprint, .unusableFingerprint, .wrongSetup:
            false
        }
    }
}
