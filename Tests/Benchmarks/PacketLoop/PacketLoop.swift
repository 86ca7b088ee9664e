import Glibc
import MediaControl
import MediaRuntime
import PacketFeeder
import Primitives

/// The packet loop alone: one publisher's sealed bursts go into a real worker, sealed packets for every viewer come out.
/// Prints processor time per forwarded packet as JSON; `packet-reference` is the same in C, with the same options.
///
/// With `--mode gso` or `sendmmsg` the worker's own loop runs on its own socket: bursts come in over loopback, and what
/// goes to viewers leaves to addresses from `--to` on. With `--mode none` the worker is called directly and nothing calls
/// the kernel, for `perf` and `callgrind`. Docs/PacketPath.md has the commands.
@main
struct PacketLoop {
    static func main() throws {
        var options = pf_options()
        guard unsafe pf_parse(CommandLine.argc, CommandLine.unsafeArgv, &options) == 0 else { exit(2) }
        let run = try PacketRun(options)
        try run.connect()
        try run.publish(frames: Int(options.warm_up + options.frames))
        _ = try run.forward(first: 0, count: Int(options.warm_up), isMeasured: false)
        let (packets, messages) = (run.packetsForwarded, run.messages)
        let spent = try run.forward(first: Int(options.warm_up), count: Int(options.frames), isMeasured: true)
        unsafe pf_report(
            "Swift", &options, spent, run.packetsForwarded - packets, run.messages - messages, run.failures,
            run.turnFigures)
    }
}

/// Why nothing was measured.
struct PacketRunError: Error, CustomStringConvertible {
    var description: String
}
