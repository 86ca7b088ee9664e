/// Why somebody was refused: a code for fronts, which have codes of their own, and a sentence for people.
package struct Refusal<Kind: RefusalCode>: Error, Hashable, Sendable, CustomStringConvertible {
    package typealias Code = Kind

    /// The kind of refusal, for fronts to map to their own codes.
    package var code: Code
    /// What was expected and what came, for people.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

/// The kinds of refusal of one group of requests; the raw value is for logs.
package protocol RefusalCode: RawRepresentable<String>, CaseIterable, Hashable, Sendable {}
