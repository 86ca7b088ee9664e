import ArgumentParser
import ProgramSupport

/// The measuring client, a program of its own: it alone links the codecs' libraries, libvpx and libopus.
@main
struct ForestageLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forestage-load",
        abstract: "A headless WebRTC client: measures a server, or puts synthetic participants on its stage.",
        version: "forestage-load \(forestageVersion)", subcommands: [Run.self, DemoCommand.self],
        defaultSubcommand: Run.self)
}
