import ArgumentParser
import Foundation
import LoadClient
import ProgramSupport
import TestMedia

extension LoadSettings.DoorKind: ExpressibleByArgument {}

/// Measures a server by being its publishers and viewers.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a server: connect publishers and viewers, send and receive real media, tell figures.",
        discussion: "Docs/Load.md says what is measured and how.")

    @Option(help: ArgumentHelp("The server; ws://HOST:8188 with --door janus.", valueName: "url"))
    var url = "http://127.0.0.1:8080"

    @Option(help: ArgumentHelp("How to come in: ws, whip (WHIP and WHEP) or janus.", valueName: "door"))
    var door = LoadSettings.DoorKind.ws

    @Option(help: ArgumentHelp("Access token; with WHIP and WHEP sent as Bearer token.", valueName: "token"))
    var token: String?

    @Option(help: ArgumentHelp("Rooms.", valueName: "n"))
    var rooms = 1

    @Option(help: ArgumentHelp("The room's name; with several rooms a number is appended.", valueName: "name"))
    var room = "load"

    @Option(help: ArgumentHelp("Publishers per room.", valueName: "n"))
    var publishers = 1

    @Option(help: ArgumentHelp("Viewers per room.", valueName: "n"))
    var viewers = 1

    @Option(help: ArgumentHelp("Bitrate of the pictures, of the largest with --simulcast.", valueName: "kbit/s"))
    var bitrate = 1_500

    @Option(help: ArgumentHelp("Pictures per second.", valueName: "n"))
    var fps = 30

    @Option(help: ArgumentHelp("Size of the pictures.", valueName: "WxH"))
    var size = "640x360"

    @Option(help: ArgumentHelp("Codec of the pictures; VP8 is the only one so far.", valueName: "codec"))
    var codec = "VP8"

    @Flag(help: "Publish three sizes (RIDs q, h, f), for viewers with tiles of different sizes.")
    var simulcast = false

    @Option(
        name: .customLong("tile-time"),
        help: ArgumentHelp("With --simulcast, how long a viewer's tile keeps its size.", valueName: "s"))
    var tileTime = 3.0

    @Option(help: ArgumentHelp("How long to measure, after everybody has come in.", valueName: "s"))
    var duration = 10.0

    @Option(name: .customLong("warm-up"), help: ArgumentHelp("Between the last join and measuring.", valueName: "s"))
    var warmUp = 2.0

    @Option(help: ArgumentHelp("Joins per second.", valueName: "n"))
    var joins = 50.0

    @Option(help: ArgumentHelp("Viewers per second that leave and are replaced.", valueName: "n"))
    var churn = 0.0

    @Option(help: ArgumentHelp("Viewers per second that are brought on stage, for two seconds each.", valueName: "n"))
    var promote = 0.0

    @Option(help: ArgumentHelp("Viewers whose pictures are decoded and checked.", valueName: "n"))
    var decode = 2

    @Flag(name: .customLong("count-only"), help: "Decrypt only what is needed to recognise packets.")
    var countOnly = false

    @Flag(name: .customLong("no-nack"), help: "Viewers do not ask for lost packets.")
    var withoutNACK = false

    @Option(
        help: ArgumentHelp(
            "A poor link for viewers: rate in kbit/s, delay each way and queue in ms, loss in percent; several are given in turn.",
            valueName: "rate=R,delay=D,queue=Q,loss=L"))
    var link: [String] = []

    @Option(
        help: ArgumentHelp(
            "How fast a picture's packets leave, as a multiple of the bitrate; 0: at once.", valueName: "factor"))
    var pacing = LoadSettings().pacing

    @Option(
        name: .customLong("server-pid"), help: ArgumentHelp("Measure this process' CPU and memory.", valueName: "pid"))
    var serverPID: Int32?

    @Option(name: .customLong("whip-path"), help: ArgumentHelp("Where to publish by WHIP.", valueName: "path"))
    var whipPath = "/whip/{room}"

    @Option(name: .customLong("whep-path"), help: ArgumentHelp("Where to view by WHEP.", valueName: "path"))
    var whepPath = "/whep/{room}"

    @Option(help: ArgumentHelp("Write the figures as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write charts as SVG: latency's distribution, rate over time.", valueName: "file"))
    var plot: String?

    @Flag(help: "No progress lines.")
    var quiet = false

    private func settings() throws -> LoadSettings {
        guard let format = PictureFormat(size) else {
            throw ValidationError("--size must look like 640x360, in even numbers")
        }
        guard codec.uppercased() == "VP8" else { throw ValidationError("--codec: VP8 is the only one so far") }
        var settings = LoadSettings()
        settings.url = url
        settings.door = door
        settings.token = token
        settings.rooms = rooms
        settings.roomName = room
        settings.publishers = publishers
        settings.viewers = viewers
        settings.media.format = format
        settings.media.framesPerSecond = fps
        settings.media.kilobitsPerSecond = bitrate
        settings.media.encodings = simulcast ? 3 : 1
        settings.pacing = pacing
        settings.tileTime = .seconds(tileTime)
        settings.duration = .seconds(duration)
        settings.warmUp = .seconds(warmUp)
        settings.joinsPerSecond = joins
        settings.churn = churn
        settings.promotions = promote
        settings.decoded = decode
        settings.countsOnly = countOnly
        settings.sendsNACK = !withoutNACK
        do throws(LinkError) {
            for text in link { settings.links.append(try ViewerLink.Settings(text)) }
        } catch {
            throw ValidationError(error.description)
        }
        settings.serverPID = serverPID
        settings.publishPath = whipPath
        settings.viewPath = whepPath
        return settings
    }

    func validate() throws {
        let problems = try settings().validate()
        guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        do {
            let settings = try settings()
            let isQuiet = quiet
            try await untilInterrupted { [json, plot] in
                let run = try LoadRun(settings) { line in
                    if !isQuiet { FileHandle.standardError.write(Data("load: \(line)\n".utf8)) }
                }
                let report = try await run.run()
                print(report.table())
                if let json { try report.json().write(toFile: json, atomically: true, encoding: .utf8) }
                if let plot { try report.plot().write(toFile: plot, atomically: true, encoding: .utf8) }
                if report.connectionsMade == 0 { throw OperatorError("nobody came in") }
            }
        } catch is CancellationError {
            throw ExitCode(130)
        } catch {
            throw failure(error, of: "forestage-load")
        }
    }
}
