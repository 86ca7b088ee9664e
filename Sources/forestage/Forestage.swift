import ArgumentParser

/// The program.
@main
struct Forestage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forestage",
        abstract: "A WebRTC server for live streams in which viewers can be brought on stage.",
        subcommands: [Serve.self, DemoCommand.self, Load.self, Token.self, Keys.self],
        defaultSubcommand: Serve.self)
}

/// A failure that the operator can mend: told in one line, without a trace.
struct OperatorError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
