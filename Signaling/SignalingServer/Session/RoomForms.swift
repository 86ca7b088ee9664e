import Rooms
import SDP
import SignalingProtocol

// Requests of the protocol as the rooms take them.

extension JoinMedia {
    /// The offer of a join, which the rooms have parsed when it is needed.
    init(_ offer: OfferMessage?) {
        guard let offer else {
            self = .none
            return
        }
        self = .unread(octets: offer.offer.utf8.count) { () throws(OfferError) in try MediaOffer(offer) }
    }
}

extension MediaOffer {
    init(_ offer: OfferMessage) throws(OfferError) {
        self.init(
            try Offer(parsing: offer.offer), publish: offer.publish.map(PublishRequest.init),
            slots: offer.slots.map(SlotRequest.init))
    }
}

extension SlotRequest {
    init(_ slot: SlotRequestMessage) {
        self.init(mid: slot.mid, use: .init(slot.use), number: slot.seat)
    }
}

extension PublishRequest {
    init(_ section: PublishRequestMessage) {
        self.init(mid: section.mid, source: TrackSource(section.source), isSecond: section.second ?? false)
    }
}

extension StageAction {
    init(_ step: StageStep) {
        switch step {
        case .request: self = .request
        case .withdraw: self = .withdraw
        case .accept: self = .accept
        case .decline: self = .decline
        case .leave: self = .leave
        }
    }
}

extension ModerationAction {
    init(_ decision: StageDecision, _ participant: ParticipantID) {
        switch decision {
        case .invite: self = .invite(participant)
        case .approve: self = .approve(participant)
        case .deny: self = .deny(participant)
        case .demote: self = .demote(participant)
        }
    }
}

extension ParticipantID {
    /// The participant that a client names; text that can name none is that of nobody.
    init(named text: String) throws(RoomError) {
        guard let id = ParticipantID(text) else {
            throw RoomError(.noSuchParticipant, "there is no participant \(text)")
        }
        self = id
    }
}
