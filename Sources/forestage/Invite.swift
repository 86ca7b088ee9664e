import AccessTokens
import ArgumentParser
import Foundation
import ProgramSupport
import SignalingProtocol

/// Makes a link by which any number of people come into a room.
struct Invite: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a link that lets people into a room, with the API key of the configuration.",
        discussion: "Whoever opens the link gets an identity and an access token of their own; hosts can revoke it.")

    @Option(help: ArgumentHelp("Configuration file (JSON) that holds apiKey and apiSecret.", valueName: "file"))
    var config: String?

    @Option(help: "The room that the link opens.")
    var room: String

    @Option(help: ArgumentHelp("\(TokenRules.roles).", valueName: "role"))
    var role = "viewer"

    @Option(help: "Minutes until the link expires, at most \(ProtocolLimits.invitationMinutes).")
    var minutes = ProtocolLimits.defaultInvitationMinutes

    @Option(help: "How many people it lets in; any number where it is not given.")
    var uses: Int?

    @Option(
        help: ArgumentHelp(
            "Where the page is served, as people reach it (default: as configured, by localhost).",
            valueName: "url"))
    var url: String?

    func run() throws {
        do {
            let configuration = try ServerConfiguration.read(file: config, validate: problems)
            guard let key = try configuration.key else { throw OperatorError(configuration.problemsOfSigning) }
            var generator = SystemRandomNumberGenerator()
            let claims = InvitationClaims(
                id: InvitationClaims.id(using: &generator), room: room, role: role, uses: uses,
                expiresAt: Int(Date().timeIntervalSince1970) + minutes * 60)
            let page = Self.page(url) ?? Self.localPage(configuration)
            // A room's name and a token hold no character that a URL would not.
            print("\(page)/?room=\(room)#invite=\(AccessTokenSigner(key: key).sign(claims))")
        } catch {
            throw failure(error, of: "forestage")
        }
    }

    private func problems(of configuration: ServerConfiguration) -> [String] {
        var problems = configuration.problemsOfSigning
        problems += [TokenRules.problem(room: room), TokenRules.problem(role: role)].compactMap { $0 }
        for (option, value, highest) in [
            ("--minutes", minutes, ProtocolLimits.invitationMinutes),
            ("--uses", uses ?? 1, ProtocolLimits.invitationUses),
        ] where !(1...highest).contains(value) {
            problems.append("\(option) must be 1 to \(highest), not \(value)")
        }
        if let url, Self.page(url) == nil {
            problems.append("--url must look like https://example.org, without user, ? and #, not \(quoted(url))")
        }
        return problems
    }

    /// The page's address without a slash at its end; `nil` where it is none.
    private static func page(_ url: String?) -> String? {
        guard let url, let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil, parts.user == nil,
            parts.password == nil, parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// Where this machine reaches the server, whatever address it listens on.
    private static func localPage(_ configuration: ServerConfiguration) -> String {
        if let address = configuration.httpsAddress.flatMap(HostAndPort.init) {
            return "https://localhost:\(address.port)"
        }
        return "http://localhost:\(configuration.httpAddress.flatMap(HostAndPort.init)?.port ?? 8_080)"
    }
}
