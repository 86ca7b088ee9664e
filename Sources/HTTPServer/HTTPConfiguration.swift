import Admission

/// How the HTTP server is set up. Every value has a default; `validate()` lists what is wrong, all at once.
package struct HTTPConfiguration: Sendable {
    /// The host name or address to listen on.
    package var host = "127.0.0.1"
    /// The TCP port to listen on; 0 lets the system choose one.
    package var port = 8080
    /// TLS at that address; `nil` serves plain HTTP there.
    package var https: HTTPSConfiguration?
    /// The folder of the web app's files, served at `/`; `nil` serves none.
    package var webDirectory: String?
    /// The folder of the browser SDK's files, served at `/client/`; `nil` serves none.
    package var clientDirectory: String?
    /// Whether files are read again for each request, so that a reload shows an edit: for development.
    package var rereadsFiles = false
    /// Origins of pages that may use the server, besides those of its own host, as `OriginPattern` reads them.
    package var allowedOrigins: [String] = []
    /// Reverse proxies whose `Forwarded` and `X-Forwarded-` fields count: addresses and networks, as `AddressNetwork` reads them.
    package var trustedProxies: [String] = []
    /// Whether the server answers only under names that strangers cannot register (`OwnNames`): where no token is needed.
    package var answersLocalNamesOnly = false
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
    package var origins: OriginPolicy {
        OriginPolicy(
            allowedOrigins.compactMap { try? OriginPattern($0) },
            names: answersLocalNamesOnly ? .local(listening: host) : .every)
    }

    /// The proxies in front of the server.
    package var proxies: TrustedProxies { TrustedProxies(trustedProxies.compactMap { try? AddressNetwork($0) }) }

    /// Who reads the operators' pages.
    package var operatorGuard: OperatorGuard { OperatorGuard(token: metricsToken) }

    /// What is wrong with these values, each a sentence that says what to change; empty if nothing is.
    package func validate() -> [String] {
        var problems: [String] = []
        if host.isEmpty { problems.append("the host to listen on is empty; 127.0.0.1, ::1, 0.0.0.0 and :: are usual") }
        if !(0...65_535).contains(port) { problems.append("port \(port) does not exist; choose one from 0 to 65535") }
        for origin in allowedOrigins {
            if let remedy = Self.problem(origin: origin) { problems.append("allowed origin \"\(origin)\": \(remedy)") }
        }
        for proxy in trustedProxies {
            if let remedy = Self.problem(proxy: proxy) { problems.append("trusted proxy \"\(proxy)\": \(remedy)") }
        }
        for (name, value) in [("first request timeout", firstRequestTimeout), ("idle timeout", idleTimeout)]
        where value <= .zero {
            problems.append("the \(name) must be more than nothing")
        }
        return problems
    }

    /// What to write instead of an entry of `allowedOrigins`; `nil` where nothing is wrong with it.
    package static func problem(origin: String) -> String? {
        do throws(OriginPattern.Problem) {
            _ = try OriginPattern(origin)
            return nil
        } catch {
            return error.remedy
        }
    }

    /// What to write instead of an entry of `trustedProxies`; `nil` where nothing is wrong with it.
    package static func problem(proxy: String) -> String? {
        do throws(AddressNetwork.Problem) {
            _ = try AddressNetwork(proxy)
            return nil
        } catch {
            return error.remedy
        }
    }
}
