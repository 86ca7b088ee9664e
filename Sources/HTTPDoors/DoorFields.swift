import Admission
import HTTPTypes

/// Media types of the doors.
enum DoorMediaType {
    static let sdp = "application/sdp"
    /// RFC 8840 section 9.
    static let fragment = "application/trickle-ice-sdpfrag"

    /// Whether a `Content-Type` names this type, whatever its parameters.
    static func matches(_ field: String?, _ type: String) -> Bool {
        guard let field else { return false }
        let name =
            field.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).first ?? field.utf8[...]
        return Substring(name).filter { $0 != " " && $0 != "\t" }.lowercased() == type
    }
}

extension HTTPFields {
    /// A `Link` field per server (RFC 9725 section 4.6).
    mutating func addLinks(to entries: [ICEServers.Entry]) {
        for entry in entries {
            for url in entry.urls {
                var link = "<\(url)>; rel=\"ice-server\""
                if let username = entry.username { link += "; username=\(Self.quoted(username))" }
                if let credential = entry.credential {
                    link += "; credential=\(Self.quoted(credential)); credential-type=\"password\""
                }
                append(HTTPField(name: .link, value: link))
            }
        }
    }

    /// A quoted-string (RFC 9110 section 5.6.4).
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension HTTPField.Name {
    static let acceptPatch = HTTPField.Name(known: "Accept-Patch")
    static let acceptPost = HTTPField.Name(known: "Accept-Post")
    /// What of the session cannot be decoded: mids of a player, sources of a publisher (Docs/WHIP-WHEP.md).
    static let cannotDecode = HTTPField.Name(known: "Forestage-Cannot-Decode")
    static let link = HTTPField.Name(known: "Link")

    private init(known name: String) {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        self = name
    }
}
