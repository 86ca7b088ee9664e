import Foundation
import HTTPTypes

/// The parameters in the URL of a request, percent-decoded (RFC 3986 section 2.1).
struct DoorQuery: Sendable {
    private var values: [Substring: String] = [:]

    /// - Parameter query: as in the request, without the question mark.
    /// - Throws: a problem that names the parameter whose value is not UTF-8 or has a broken escape.
    init(_ query: String?) throws(DoorProblem) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            // Of several parameters of a name the first counts.
            guard values[parts[0]] == nil else { continue }
            guard let value = (parts.count > 1 ? String(parts[1]) : "").removingPercentEncoding else {
                throw DoorProblem(
                    .badRequest, .badRequest,
                    "the value of \(parts[0].prefix(40)) in the URL must be UTF-8, escaped as % and two hexadecimal digits"
                )
            }
            values[parts[0]] = value
        }
    }

    subscript(_ name: String) -> String? { values[name[...]] }
}
