/// One setting: its names, what it takes, its default and how it gets into the configuration. `Settings.all` lists them.
struct Setting: Sendable {
    typealias Path<Value> = any WritableKeyPath<ServerConfiguration, Value> & Sendable

    /// In the file: `media.ports` is `{"media": {"ports": ...}}`.
    var key: String
    /// On the command line of `forestage serve`, as the documentation shows it.
    var option: String?
    /// What it takes, to follow "must be".
    var expected: String
    var defaultText: String
    /// For people, in Markdown.
    var explanation: String
    var isSecret = false
    /// Puts the value into the configuration and returns what is wrong: the value, or entries of its list.
    var take: @Sendable (SettingValue, inout ServerConfiguration) -> [SettingValue]

    /// In the environment: `FORESTAGE_MEDIA_PORTS`.
    var environmentName: String {
        Settings.environmentPrefix
            + key.reduce(into: "") { name, character in
                if character == "." {
                    name += "_"
                } else {
                    if character.isUppercase { name += "_" }
                    name += character.uppercased()
                }
            }
    }

    /// What is wrong with the value, a line each; empty where it was taken.
    func apply(_ value: SettingValue, to configuration: inout ServerConfiguration) -> [String] {
        take(value, &configuration).map { wrong in
            let expected = expected.replacing("`", with: "")
            let told = "\(wrong.origin) must be \(expected), not \(wrong.described(isSecret: isSecret))"
            return wrong.remedy.isEmpty ? told : "\(told): \(wrong.remedy)"
        }
    }
}

// MARK: Kinds

extension Setting {
    /// True or false.
    static func flag(_ key: String, _ path: Path<Bool>, option: String? = nil, _ explanation: String) -> Setting {
        Setting(
            key: key, option: option, expected: "true or false",
            defaultText: "`\(ServerConfiguration()[keyPath: path])`", explanation: explanation
        ) { value, configuration in
            guard let bool = value.bool else { return [value] }
            configuration[keyPath: path] = bool
            return []
        }
    }

    /// A whole number within a range.
    static func count(
        _ key: String, _ path: Path<Int>, _ range: ClosedRange<Int>, default text: String? = nil, _ explanation: String
    ) -> Setting {
        Setting(
            key: key, expected: "a whole number, \(range.lowerBound) to \(range.upperBound)",
            defaultText: text ?? "`\(ServerConfiguration()[keyPath: path])`", explanation: explanation
        ) { value, configuration in
            guard let number = value.number.flatMap({ Int($0) }), range.contains(number) else {
                return [value]
            }
            configuration[keyPath: path] = number
            return []
        }
    }

    /// A number within a range.
    static func measure(
        _ key: String, _ path: Path<Double>, _ range: ClosedRange<Double>, _ explanation: String
    ) -> Setting {
        Setting(
            key: key, expected: "a number, \(range.lowerBound.formatted) to \(range.upperBound.formatted)",
            defaultText: "`\(ServerConfiguration()[keyPath: path].formatted)`", explanation: explanation
        ) { value, configuration in
            guard let number = value.number.flatMap({ Double($0) }), range.contains(number) else {
                return [value]
            }
            configuration[keyPath: path] = number
            return []
        }
    }

    /// A text that a check takes.
    static func text(
        _ key: String, _ path: Path<String>, option: String? = nil, _ expected: String, _ explanation: String,
        check: @escaping @Sendable (String) -> Bool
    ) -> Setting {
        Setting(
            key: key, option: option, expected: expected, defaultText: "`\(ServerConfiguration()[keyPath: path])`",
            explanation: explanation
        ) { value, configuration in
            guard let text = value.text, check(text) else { return [value] }
            configuration[keyPath: path] = text
            return []
        }
    }

    /// A text that need not be there.
    static func optionalText(
        _ key: String, _ path: Path<String?>, option: String? = nil, isSecret: Bool = false,
        default defaultText: String = "", _ expected: String, _ explanation: String,
        check: @escaping @Sendable (String) -> Bool
    ) -> Setting {
        Setting(
            key: key, option: option, expected: expected, defaultText: defaultText, explanation: explanation,
            isSecret: isSecret
        ) { value, configuration in
            // A wrong one is there too: nobody is to be told besides that it is missing.
            configuration[keyPath: path] = value.text ?? ""
            return value.text.map(check) == true ? [] : [value]
        }
    }

    /// One of a few words.
    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, _ path: Path<Choice>, _ explanation: String
    ) -> Setting {
        let words = Choice.allCases.map { "`\($0.rawValue)`" }
        return Setting(
            key: key, expected: words.dropLast().joined(separator: ", ") + " or " + (words.last ?? ""),
            defaultText: "`\(ServerConfiguration()[keyPath: path].rawValue)`", explanation: explanation
        ) { value, configuration in
            guard let choice = value.text.flatMap({ Choice(rawValue: $0) }) else {
                return [value]
            }
            configuration[keyPath: path] = choice
            return []
        }
    }

    /// A list of texts, each of which a check takes.
    static func list(
        _ key: String, _ path: Path<[String]>, option: String? = nil, default text: String? = nil, _ expected: String,
        _ explanation: String, check: @escaping @Sendable (String) -> Bool
    ) -> Setting {
        list(key, path, option: option, default: text, expected, explanation, problem: { check($0) ? nil : "" })
    }

    /// A list of texts.
    ///
    /// - Parameter problem: what to write instead of a text that cannot be taken, empty where there is nothing to say; `nil` takes it.
    static func list(
        _ key: String, _ path: Path<[String]>, option: String? = nil, default text: String? = nil, _ expected: String,
        _ explanation: String, problem: @escaping @Sendable (String) -> String?
    ) -> Setting {
        Setting(
            key: key, option: option, expected: "a list [...] of \(expected)", defaultText: text ?? "`[]`",
            explanation: explanation
        ) { value, configuration in
            guard let entries = value.list else { return [value] }
            var taken: [String] = []
            var wrong: [SettingValue] = []
            for var entry in entries {
                guard let text = entry.text else {
                    wrong.append(entry)
                    continue
                }
                guard let remedy = problem(text) else {
                    taken.append(text)
                    continue
                }
                entry.remedy = remedy
                wrong.append(entry)
            }
            configuration[keyPath: path] = taken
            return wrong
        }
    }
}

extension Double {
    /// Without a fraction where there is none.
    fileprivate var formatted: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
