/// Which web pages may use the server: those of its own origin, and those of the origins that the operator names.
package struct OriginPolicy: Sendable {
    /// What a request's `Origin` means.
    package enum Verdict: Hashable, Sendable {
        /// There is none: the client is no browser, or the request is one that the page's own server gets without it.
        case missing
        /// Pages of this origin, as `Access-Control-Allow-Origin` names it, may use the server.
        case allowed(String)
        case refused

        package var isRefused: Bool { self == .refused }
    }

    private let patterns: [OriginPattern]
    private let names: OwnNames

    /// - Parameters:
    ///   - patterns: origins of other sites.
    ///   - names: the names under which pages of the server's own are believed.
    package init(_ patterns: [OriginPattern], names: OwnNames = .every) {
        self.patterns = patterns
        self.names = names
    }

    /// Judges a request by its `Origin` field; several fields are to be joined, and are refused then.
    ///
    /// - Parameter source: its authority is the host of the server's own pages. Its scheme is theirs too; where that is not
    ///   known a proxy may have ended TLS, and pages of both schemes are the server's own.
    package func verdict(origin text: String?, source: RequestSource) -> Verdict {
        guard let text else { return .missing }
        let origin: WebOrigin?
        if text == "null" {
            origin = nil
        } else if let page = WebOrigin(text) {
            if isOwn(page, source) { return .allowed(page.description) }
            origin = page
        } else {
            return .refused
        }
        return patterns.contains { $0.matches(origin) } ? .allowed(origin?.description ?? "null") : .refused
    }

    /// Whether the server answers requests for this authority at all (DNS rebinding: see `OwnNames`).
    package func answers(authority: String?) -> Bool {
        guard names != .every, let authority, !authority.isEmpty else { return true }
        guard let origin = WebOrigin(scheme: "http", authority: authority) else { return false }
        return names.contains(origin.host)
            || patterns.contains { pattern in
                switch pattern {
                case .every: true
                case .opaque: false
                case .exact(let site): site.host == origin.host
                case .subdomains(let parent): origin.host.hasSuffix(".\(parent.host)")
                }
            }
    }

    private func isOwn(_ page: WebOrigin, _ source: RequestSource) -> Bool {
        guard ["http", "https"].contains(page.scheme), source.scheme ?? page.scheme == page.scheme,
            let authority = source.authority
        else { return false }
        return WebOrigin(scheme: page.scheme, authority: authority) == page
    }
}
