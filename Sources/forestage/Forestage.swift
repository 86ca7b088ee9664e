import ArgumentParser
import ProgramSupport

/// The program.
@main
struct Forestage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forestage",
        abstract: "A WebRTC server for live streams in which viewers can be brought on stage.",
        version: "forestage \(forestageVersion)",
        subcommands: [
            Serve.self, Invite.self, Token.self, Keys.self, SettingsCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: Serve.self)
}
