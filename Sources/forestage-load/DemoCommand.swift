import ArgumentParser
import Foundation
import LoadClient
import ProgramSupport

/// Adds synthetic participants to a room of a running server.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Put synthetic participants with moving pictures and sound on the stage of a running server's room.",
        discussion: "The server must be in development mode, or a token must let everybody in as a costreamer.")

    @Option(help: ArgumentHelp("The server.", valueName: "url"))
    var url = "http://127.0.0.1:8080"

    @Option(
        help: ArgumentHelp(
            "The room; the default is the one that the page of a development server opens.", valueName: "name"))
    var room = "stage"

    @Option(help: ArgumentHelp("How many participants (1 to \(Demo.maximumPeople)).", valueName: "n"))
    var people = 4

    @Option(help: ArgumentHelp("Access token; not needed in development mode.", valueName: "token"))
    var token: String?

    func validate() throws {
        guard (1...Demo.maximumPeople).contains(people) else {
            throw ValidationError("--people must be 1 to \(Demo.maximumPeople)")
        }
    }

    func run() async throws {
        do {
            try await untilInterrupted {
                try await Demo(url: url, room: room, people: people, token: token).run { line in
                    // Not print: what it writes to a pipe waits until a block is full.
                    FileHandle.standardOutput.write(Data("demo: \(line)\n".utf8))
                }
            }
        } catch {
            throw failure(error, of: "forestage-load")
        }
    }
}
