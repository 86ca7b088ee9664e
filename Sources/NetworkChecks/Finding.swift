/// What a check has found, in a sentence that says what to do where something is wrong.
package struct Finding: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case works
        case fails
        /// The server has nothing of the kind.
        case notOffered
        /// Something else is missing first.
        case notTried
    }

    /// `HTTP`, `WebSocket`, `UDP`, `TCP` or `TURN`.
    package var subject: String
    package var outcome: Outcome
    package var sentence: String

    package init(_ subject: String, _ outcome: Outcome, _ sentence: String) {
        self.subject = subject
        self.outcome = outcome
        self.sentence = sentence
    }

    /// One line for a terminal: `ok     UDP        192.0.2.7:7882 answers in 3 ms`.
    package var line: String {
        let mark =
            switch outcome {
            case .works: "ok"
            case .fails: "FAILS"
            case .notOffered: "-"
            case .notTried: "?"
            }
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        return padded(mark, 7) + padded(subject, 11) + sentence
    }
}
