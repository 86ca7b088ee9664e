import AccessTokens
import ArgumentParser
import Foundation

/// Makes an access token for one participant.
struct Token: AsyncParsableCommand {
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

    @Option(help: "host, moderator, costreamer or viewer.")
    var role = "viewer"

    @Flag(help: "Payloads of the room are encrypted end to end (pages with RTCRtpScriptTransform).")
    var encrypted = false

    @Option(help: "Minutes until the token expires.")
    var minutes = 360

    func run() async throws {
        do {
            let configuration = try await ServerConfiguration.read(file: config)
            guard let (key, secret) = configuration.keys.first else {
                throw OperatorError(
                    "no API key: give --config FILE with apiKey and apiSecret ('forestage keys' makes them)")
            }
            guard minutes > 0 else { throw OperatorError("--minutes is at least 1, not \(minutes)") }
            let now = Int(Date().timeIntervalSince1970)
            let claims = AccessClaims(
                identity: identity, name: name, room: room, role: role, encrypted: encrypted ? true : nil,
                expiresAt: now + minutes * 60)
            print(AccessTokenSigner(key: try APIKey(key: key, secret: secret)).sign(claims))
        } catch {
            FileHandle.standardError.write(Data("forestage: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }
}
