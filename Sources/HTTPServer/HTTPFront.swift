import Hummingbird

/// What one front serves over HTTP: its routes, and what the server must know of their paths.
package protocol HTTPFront: Sendable {
    /// Adds the front's routes. Middleware that it adds sees the requests of the fronts after it as well.
    func addRoutes(to router: Router<ServerRequestContext>)
    /// The methods of one of the front's paths, as `Allow` lists them (RFC 9110 section 10.2.1); `nil` for all other paths.
    ///
    /// A front that answers every method of its paths itself has none to tell.
    func methods(at path: String) -> String?
    /// The methods with which pages of allowed origins may use the path, as `Access-Control-Allow-Methods` lists them; `nil` for
    /// paths that they may not use.
    func crossOriginMethods(at path: String) -> String?
}

extension HTTPFront {
    package func methods(at path: String) -> String? { nil }
    package func crossOriginMethods(at path: String) -> String? { nil }
}

/// Several fronts as one; the first that knows a path speaks for it.
struct HTTPFronts: HTTPFront {
    let fronts: [any HTTPFront]

    func addRoutes(to router: Router<ServerRequestContext>) { for front in fronts { front.addRoutes(to: router) } }

    func methods(at path: String) -> String? { fronts.lazy.compactMap { $0.methods(at: path) }.first }

    func crossOriginMethods(at path: String) -> String? {
        if let methods = fronts.lazy.compactMap({ $0.crossOriginMethods(at: path) }).first { return methods }
        // A page reads that there is no such path.
        return methods(at: path) == nil ? "GET, HEAD, POST, PUT, PATCH, DELETE" : nil
    }
}
