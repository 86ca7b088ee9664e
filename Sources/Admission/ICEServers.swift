import Cryptography
import Foundation
import ICE

/// The operator's STUN and TURN servers, and what participants are told of them.
package struct ICEServers: Hashable, Sendable {
    /// Servers with the same credentials, as an `RTCIceServer` lists them.
    package struct Entry: Hashable, Sendable {
        package var urls: [String]
        /// With `credential` for TURN servers alone.
        package var username: String?
        package var credential: String?

        package init(urls: [String], username: String? = nil, credential: String? = nil) {
            self.urls = urls
            self.username = username
            self.credential = credential
        }
    }

    /// By what TURN servers let clients in (RFC 8489 section 9.2).
    package enum Credentials: Hashable, Sendable {
        /// The same for everybody, for ever.
        case fixed(username: String, credential: String)
        /// Made for each participant with the secret that the TURN servers know (draft-uberti-behave-turn-rest-00):
        /// valid for `lifetime` seconds.
        case timeLimited(secret: String, lifetime: Int)
    }

    /// A browser slows down with more than a few; nobody needs so many.
    package static let maximumURLs = 16

    package var urls: [String]
    package var credentials: Credentials?

    package init(urls: [String] = [], credentials: Credentials? = nil) {
        self.urls = urls
        self.credentials = credentials
    }

    /// The servers that need no credentials: everybody may be told of them, before anything is known of them.
    package var openEntries: [Entry] {
        let urls = urls.filter { !Self.isRelay($0) }
        return urls.isEmpty ? [] : [Entry(urls: urls)]
    }

    /// All servers, with credentials for one who was let in.
    ///
    /// - Parameters:
    ///   - subject: whom the credentials are for, such as `friday/p7`: TURN servers log it and count by it.
    ///   - now: seconds since 1970.
    package func entries(for subject: String, now: Int) -> [Entry] {
        let relays = urls.filter(Self.isRelay)
        guard !relays.isEmpty, let credentials else { return openEntries }
        switch credentials {
        case .fixed(let username, let credential):
            return openEntries + [Entry(urls: relays, username: username, credential: credential)]
        case .timeLimited(let secret, let lifetime):
            let username = "\(now + lifetime):\(subject)"
            let code = HMACSHA1.authenticate(key: Array(secret.utf8).span, Array(username.utf8).span)
            let credential = Data(code.indices.map { code[$0] }).base64EncodedString()
            return openEntries + [Entry(urls: relays, username: username, credential: credential)]
        }
    }

    /// What is wrong with these values, each a sentence that says what to change; empty if nothing is.
    package func validate() -> [String] {
        var problems = urls.filter { ICEServerURL($0) == nil }.map { url in
            "the ICE server \(url.prefix(80).debugDescription) must look like stun:host:port, turn:host:port?transport=udp or "
                + "turns:host:port?transport=tcp"
        }
        if urls.count > Self.maximumURLs {
            problems.append("there are \(urls.count) ICE servers, but at most \(Self.maximumURLs) may be named")
        }
        let needsCredentials = urls.contains(where: Self.isRelay)
        if needsCredentials, credentials == nil {
            problems.append("a TURN server needs ice.secret, or ice.username and ice.credential")
        } else if !needsCredentials, credentials != nil {
            problems.append("ice.servers names no TURN server that credentials would be for")
        }
        return problems
    }

    private static func isRelay(_ url: String) -> Bool { ICEServerURL(url)?.isRelay ?? false }
}
