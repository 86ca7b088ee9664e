import ArgumentParser

/// Prints the table of settings.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "List every setting: its names, what it takes, its default, what it is (Markdown).")

    func run() { print(Settings.markdownTable) }
}
