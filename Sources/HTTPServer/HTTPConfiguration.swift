import Admission

/// How the HTTP server is set up. Every value has a default; `validate()` lists what is wrong, all at once.
package struct HTTPConfiguration: Sendable {
    /// The host name or address to listen on.
    package var host = "127.0.0.1"
    /// The TCP port to listen on; 0 lets the system choose one.
    package var port = 8080
    /// The folder of the web app's files, served at `/`; `nil` serves none.
    package var webDirectory: String?
    /// The folder of the browser SDK's files, served at `/client/`; `nil` serves none.
    package var clientDirectory: String?
    /// Whether files are read again for each request, so that a reload shows an edit: for development.
    package var rereadsFiles = false
    /// Origins of pages that may use the server, besides those of its own host: `https://example.org`, or `*` for all.
    package var allowedOrigins: [String] = []
    /// Where the operators' pages (`/metrics`, the rooms' debug pages) are served, and nothing else; `nil` serves them with
    /// everything else.
    package var metricsAddress: (host: String, port: Int)?
    /// What readers of the operators' pages must send as Bearer token (RFC 6750); `nil` asks for none.
    package var metricsToken: String?
    /// From the TCP connection to the end of the first request's head.
    package var firstRequestTimeout: Duration = .seconds(10)
    /// How long an HTTP connection may be idle.
    package var idleTimeout: Duration = .seconds(60)

    package init() {}

    /// The origins whose pages may use the server.
    package var origins: OriginPolicy { OriginPolicy(allowedOrigins: allowedOrigins) }

    /// Who reads the operators' pages.
    package var operatorGuard: OperatorGuard { OperatorGuard(token: metricsToken) }

    /// What is wrong with these values, each a sentence that says what to change; empty if nothing is.
    package func validate() -> [String] {
        var problems: [String] = []
        if host.isEmpty { problems.append("the host to listen on is empty; 127.0.0.1, ::1, 0.0.0.0 and :: are usual") }
        if !(0...65_535).contains(port) { problems.append("port \(port) does not exist; choose one from 0 to 65535") }
        for origin in allowedOrigins where origin != "*" {
            let isOrigin = ["http://", "https://"].contains { origin.hasPrefix($0) && origin.count > $0.count }
            if !isOrigin || origin.split(separator: "/", omittingEmptySubsequences: false).count != 3 {
                problems.append("allowed origin \"\(origin)\" must look like https://example.org, without a path")
            }
        }
        for (name, value) in [("first request timeout", firstRequestTimeout), ("idle timeout", idleTimeout)]
        where value <= .zero {
            problems.append("the \(name) must be more than nothing")
        }
        return problems
    }
}
