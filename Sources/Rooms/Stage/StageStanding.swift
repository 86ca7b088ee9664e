/// Where a participant stands with the stage.
package enum StageStanding: String, Hashable, Sendable, CaseIterable {
    /// Watches. -> `requested` by request, `invited` by invite.
    case audience
    /// Raised a hand. -> `onStage` by approve, `audience` by deny or withdraw.
    case requested
    /// Was invited. -> `onStage` by accept, `audience` by decline or when the invitation expires.
    case invited
    /// Is on stage. -> `audience` by leave or demote.
    case onStage
}

/// Why a participant's standing changed.
package enum StageCause: String, Hashable, Sendable, CaseIterable {
    case requested
    case withdrawn
    case approved
    case denied
    case invited
    case accepted
    case declined
    case expired
    case left
    case demoted
}

/// What may happen to a participant's standing.
enum StageTransition: String, Hashable, Sendable, CaseIterable {
    case request
    case withdraw
    case approve
    case deny
    case invite
    case accept
    case decline
    case expire
    case leave
    case demote

    /// From where to where the transition leads.
    var arrow: (from: StageStanding, to: StageStanding, cause: StageCause) {
        switch self {
        case .request: (.audience, .requested, .requested)
        case .withdraw: (.requested, .audience, .withdrawn)
        case .approve: (.requested, .onStage, .approved)
        case .deny: (.requested, .audience, .denied)
        case .invite: (.audience, .invited, .invited)
        case .accept: (.invited, .onStage, .accepted)
        case .decline: (.invited, .audience, .declined)
        case .expire: (.invited, .audience, .expired)
        case .leave: (.onStage, .audience, .left)
        case .demote: (.onStage, .audience, .demoted)
        }
    }
}
