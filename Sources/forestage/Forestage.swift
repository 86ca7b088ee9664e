import ArgumentParser
import Foundation

/// The program.
@main
struct Forestage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forestage",
        abstract: "A WebRTC server for live streams in which viewers can be brought on stage.",
        version: "forestage \(version)",
        subcommands: [
            Serve.self, DemoCommand.self, Load.self, Invite.self, Token.self, Keys.self, SettingsCommand.self,
        ],
        defaultSubcommand: Serve.self)

    /// The next release's number, with `-dev` until it is made.
    static let version = "0.1.0-dev"
}

/// Failures that the operator can mend: told in one line each, without a trace.
struct OperatorError: Error, CustomStringConvertible {
    var problems: [String]

    init(_ problem: String) { problems = [problem] }

    init(_ problems: [String]) { self.problems = problems }

    var description: String { problems.joined(separator: "\nforestage: ") }
}

/// Tells on standard error why the program ends, each line begun with its name.
///
/// - Returns: what to throw for exit status 1.
func failure(_ error: any Error) -> ExitCode {
    FileHandle.standardError.write(Data("forestage: \(error)\n".utf8))
    return .failure
}
