import AccessTokens
import ArgumentParser
import Foundation
import ProgramSupport

/// Makes an access token for one participant.
struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an access token for one participant, with the API key of the configuration.")

    @Option(help: ArgumentHelp("Configuration file (JSON) that holds apiKey and apiSecret.", valueName: "file"))
    var config: String?

    @Option(help: "The room that the token opens.")
    var room: String

    @Option(help: "Who the participant is, the same at every join.")
    var identity: String

    @Option(help: "The name that others see.")
    var name: String?

    @Option(help: ArgumentHelp("\(TokenRules.roles).", valueName: "role"))
    var role = "viewer"

    @Flag(help: "Payloads of the room are encrypted end to end (pages with RTCRtpScriptTransform).")
    var encrypted = false

    @Option(help: "Minutes until the token expires, at most \(TokenRules.longestMinutes).")
    var minutes = 360

    func run() throws {
        do {
            let configuration = try ServerConfiguration.read(file: config, validate: problems)
            guard let key = try configuration.key else { throw OperatorError(configuration.problemsOfSigning) }
            let now = Int(Date().timeIntervalSince1970)
            let claims = AccessClaims(
                identity: identity, name: name, room: room, role: role, encrypted: encrypted ? true : nil,
                expiresAt: now + minutes * 60)
            print(AccessTokenSigner(key: key).sign(claims))
        } catch {
            throw failure(error, of: "forestage")
        }
    }

    private func problems(of configuration: ServerConfiguration) -> [String] {
        configuration.problemsOfSigning
            + [
                TokenRules.problem(room: room), TokenRules.problem(role: role),
                TokenRules.problem(identity: identity),
                name.flatMap { TokenRules.problem(name: $0) },
                TokenRules.problem(minutes: minutes),
            ].compactMap { $0 }
    }
}
