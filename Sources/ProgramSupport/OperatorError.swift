import ArgumentParser
import Foundation

/// A failure that the operator can mend: each problem is told in one line, without a trace.
package struct OperatorError: Error, CustomStringConvertible {
    package var problems: [String]

    package init(_ problem: String) { problems = [problem] }

    package init(_ problems: [String]) { self.problems = problems }

    package var description: String { problems.joined(separator: "\n") }
}

/// Writes to standard error why the program ends, each line begun with the program's name.
///
/// - Returns: what to throw for exit status 1.
package func failure(_ error: any Error, of program: String) -> ExitCode {
    let lines = "\(error)".split(separator: "\n").map { "\(program): \($0)\n" }
    FileHandle.standardError.write(Data(lines.joined().utf8))
    return .failure
}
