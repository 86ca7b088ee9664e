import Foundation
import ProgramSupport

/// Gathers a configuration from the file, the environment and the command line, and everything that is wrong with them.
struct SettingsReader {
    private(set) var configuration = ServerConfiguration()
    /// A line each, in the order in which they were found.
    private(set) var problems: [String] = []
    /// False once the file could not be read: what it holds is not known to be missing.
    private(set) var isComplete = true

    // MARK: File

    /// Takes every setting of a JSON file.
    mutating func readFile(_ path: String) {
        do throws(OperatorError) {
            read(try Self.members(of: path), below: "", of: path)
        } catch {
            problems += error.problems
            isComplete = false
        }
    }

    private static func members(of path: String) throws(OperatorError) -> [JSONValue.Member] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw OperatorError("there is no configuration file \(path)")
        }
        guard !isFolder.boolValue else { throw OperatorError("the configuration file \(path) is a folder") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperatorError("the configuration file \(path) cannot be read; see its permissions")
        }
        do throws(JSONProblem) {
            let root = try JSONReader.read(Array(data))
            guard case .object(let members) = root.content else {
                throw JSONProblem(place: root.place, message: "expected an object { ... } that holds the settings")
            }
            return members
        } catch {
            throw OperatorError("\(path):\(error.place): \(error.message)")
        }
    }

    private mutating func read(_ members: [JSONValue.Member], below prefix: String, of path: String) {
        var places: [String: JSONValue.Place] = [:]
        for member in members {
            let key = prefix + member.name
            let origin = "\(path):\(member.place): \(key)"
            if let first = places.updateValue(member.place, forKey: member.name) {
                problems.append("\(origin) must be there once, but is at \(first) as well")
            }
            let isGroup = Settings.all.contains { $0.key.hasPrefix(key + ".") }
            if isGroup, case .object(let members) = member.value.content {
                read(members, below: key + ".", of: path)
            } else if isGroup {
                let came = SettingValue(name: key, file: path, content: .json(member.value)).described(isSecret: true)
                problems.append("\(origin) must be an object { ... } of settings, not \(came)")
            } else if let setting = Settings.byKey[key], !member.name.contains(".") {
                let value = SettingValue(name: key, file: path, content: .json(member.value))
                problems += setting.apply(value, to: &configuration)
            } else if Settings.byKey[key] != nil {
                let parts = key.split(separator: ".")
                problems.append("\(origin) must be written {\"\(parts[0])\": {\"\(parts[1])\": ...}}")
            } else {
                problems.append("\(path):\(member.place): \(Self.unknown(key, among: Settings.all.map(\.key)))")
            }
        }
    }

    // MARK: Environment

    /// Names below the prefix that are not the server's: those of its build and tests, and what Kubernetes puts into
    /// each container beside a service called `forestage`.
    static func isForeign(_ name: String) -> Bool {
        let builds = [
            "BINARY", "WARNINGS_AS_ERRORS", "BENCH", "FUZZ_SECONDS", "LINKS_MODES", "LINKS_SECONDS", "LOSS_PERCENT",
            "LOSS_SECONDS", "RECORD", "TEST_OUTPUT", "TIMES_RUNS",
        ]
        let rest = name.dropFirst(Settings.environmentPrefix.count)
        return builds.contains { $0 == rest } || rest == "PORT" || rest.hasPrefix("PORT_") || rest.hasPrefix("SERVICE_")
    }

    /// Takes every setting of the environment; an empty variable counts as one that is not there.
    mutating func readEnvironment(_ environment: [String: String]) {
        for (name, text) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(Settings.environmentPrefix) && !text.isEmpty {
            if let setting = Settings.byEnvironmentName[name] {
                problems += setting.apply(SettingValue(name: name, content: .text(text)), to: &configuration)
            } else if !Self.isForeign(name) {
                problems.append(Self.unknown(name, among: Settings.all.map(\.environmentName)))
            }
        }
    }

    // MARK: Command line

    /// Takes what an option gave for a setting.
    mutating func readOption(_ option: String, _ key: String, _ content: SettingValue.Content) {
        guard let setting = Settings.byKey[key] else { preconditionFailure("\(key) is not a setting") }
        problems += setting.apply(SettingValue(name: option, content: content), to: &configuration)
    }

    private static func unknown(_ name: String, among names: [String]) -> String {
        let nearest = Spelling.nearest(to: name, among: names).map { "the nearest is \($0); " } ?? ""
        return "\(name.prefix(200)) is not a setting; \(nearest)'forestage settings' lists all"
    }
}
