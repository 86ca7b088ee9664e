import ArgumentParser
import NetworkChecks
import ProgramSupport

/// Tries from where it runs what people need of a server.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Try a server from a client's side: HTTP, WebSocket, media by UDP, by TCP and through TURN servers.",
        discussion: """
            Says in a sentence each what works, what is blocked and what to do. Exit status 0: all that the server offers works \
            from here. See Docs/Networks.md.
            """)

    @Option(help: ArgumentHelp("The server, as people reach it.", valueName: "url"))
    var url = "http://localhost:8080"

    @Option(help: "The room to look into, where no token is needed.")
    var room = "doctor"

    @Option(help: ArgumentHelp("An access token, for servers that are not in development mode.", valueName: "token"))
    var token: String?

    @Flag(help: "Take certificates that nobody has signed, as of --dev-https.")
    var insecure = false

    func run() async throws {
        if let problem = TokenRules.problem(room: room) { throw failure(OperatorError(problem), of: "forestage") }
        var doctor = Doctor(
            .init(url: url, room: room, token: token, acceptsAnyCertificate: insecure), tell: { print($0.line) })
        guard await doctor.examine() else { throw ExitCode.failure }
    }
}
