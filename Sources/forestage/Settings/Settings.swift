import AccessTokens
import Foundation
import HTTPServer
import ICE
import Logging
import MediaRuntime
import Primitives

/// Every setting there is. `forestage settings` prints this table, Docs/Operations.md holds the same text, and a test
/// compares the two: a new setting is a property of `ServerConfiguration`, an entry here and a line there.
enum Settings {
    static let environmentPrefix = "FORESTAGE_"

    static let all: [Setting] = [
        .optionalText(
            "http", \.http, option: "`--http`", default: "`\(ServerConfiguration.defaultHTTP)`; none beside `https`",
            "HOST:PORT, for example 0.0.0.0:8080 or [::]:8080",
            "where HTTP and WebSocket are served; beside `https` it leads there and serves nothing else",
            check: { HostAndPort($0) != nil }),
        .optionalText(
            "https", \.https, option: "`--https`",
            default: "none; `\(ServerConfiguration.developmentHTTPS)` with `--dev-https`",
            "HOST:PORT, for example 0.0.0.0:443 or [::]:443",
            "where HTTPS and WebSocket within TLS are served ([Networks.md](Networks.md#https))",
            check: { HostAndPort($0) != nil }),
        .optionalText(
            "tls.certificate", \.certificateFile, option: "`--tls-certificate`", "a path",
            "a PEM file with the certificate of `https`, then its chain; read again when it changes", check: isPath),
        .optionalText(
            "tls.key", \.keyFile, option: "`--tls-key`", "a path",
            "a PEM file with the certificate's key, not encrypted", check: isPath),
        .flag(
            "tls.development", \.makesCertificate, option: "`--dev-https` (with `--dev`)",
            "serve `https` with a certificate that the server makes for this machine's addresses, for trying it on a phone; "
                + "browsers warn of it"),
        .flag(
            "development", \.isDevelopment, option: "`--dev`",
            "rooms on demand and tokens for everybody; never for a public server"),
        .optionalText(
            "apiKey", \.apiKey, "a text that is not empty",
            "the name of the key for signing and checking access tokens; required without `--dev`",
            check: { !$0.isEmpty }),
        .optionalText(
            "apiSecret", \.apiSecret, isSecret: true, "a text of at least \(APIKey.minimumSecretSize) octets",
            "the key's secret (`forestage keys` makes both)", check: { $0.utf8.count >= APIKey.minimumSecretSize }),
        .list(
            "media.addresses", \.mediaAddresses, option: "`--media-address` (repeatable)",
            default: "every interface's and 127.0.0.1",
            "IPv4 or IPv6 addresses that clients can reach, for example 192.0.2.1",
            "addresses announced to clients",
            check: isReachable),
        .text(
            "media.ports", \.mediaPorts, option: "`--media-ports`",
            "A-B with 1 <= A <= B <= 65535, for example 7882-7897",
            "UDP and TCP ports; each worker takes the first free one",
            check: { PortRange.read($0) != nil }),
        .count(
            "media.workers", \.workers, 1...1_024, default: "one per processor, at most one per port",
            "media threads; a room lives on one"),
        .flag(
            "media.segmentationOffload", \.usesSegmentationOffload, option: "`--no-gso` (off)",
            "let the kernel segment joined datagrams (UDP_SEGMENT)"),
        .measure(
            "media.frameHoldMilliseconds", \.frameHoldMilliseconds,
            0...MediaConfiguration.longestFrameHold.inMilliseconds,
            "how long a frame's first packets wait for its last, so that they leave in one message "
                + "([PacketPath.md](PacketPath.md))"),
        .flag(
            "media.congestionControl", \.controlsCongestion,
            "estimate what the path to each viewer carries, and send no more ([CongestionControl.md](CongestionControl.md))"
        ),
        .flag(
            "media.tcp", \.acceptsTCP,
            "take media over TCP too, from clients whose network blocks UDP ([Networks.md](Networks.md#tcp))"),
        .optionalText(
            "media.trace", \.traceFolder, option: "`--trace`", default: "none",
            "a folder, made where it does not exist",
            "write what is estimated of each viewer's path into files there, to be looked at later "
                + "([CongestionControl.md](CongestionControl.md#traces))", check: isPath),
        .list(
            "ice.servers", \.iceServers,
            "URLs of STUN and TURN servers, for example turn:turn.example.org:3478?transport=udp",
            "servers that clients may reach this one through ([Networks.md](Networks.md#turn))",
            check: { ICEServerURL($0) != nil }),
        .optionalText(
            "ice.secret", \.iceSecret, isSecret: true, credentialRule,
            "the secret that the TURN servers share (coturn's `static-auth-secret`): makes credentials for each participant",
            check: isCredential),
        .optionalText(
            "ice.username", \.iceUsername, credentialRule,
            "with `ice.credential`: the same credentials for everybody, for TURN servers without a shared secret",
            check: isCredential),
        .optionalText(
            "ice.credential", \.iceCredential, isSecret: true, credentialRule, "the password of `ice.username`",
            check: isCredential),
        .count(
            "ice.credentialMinutes", \.iceCredentialMinutes, 1...43_200,
            "how long credentials that `ice.secret` makes are valid"),
        .flag(
            "rooms.encryptedPayloads", \.hasEncryptedPayloads,
            "rooms are end-to-end encrypted unless the join that makes them says otherwise; the server reads no payloads "
                + "there ([Repair.md](Repair.md#encrypted-payloads))"),
        .flag(
            "rooms.redundantAudio", \.takesRedundantAudio,
            "prefer RED for audio; not together with encrypted payloads"),
        .choice(
            "rooms.lastHostLeaves", \.lastHostLeaves,
            "when the last host leaves, the room waits for a host, ends, or promotes a moderator, else a costreamer"),
        .count(
            "rooms.lastHostLeavesSeconds", \.lastHostLeavesSeconds, 0...86_400,
            "time until the room ends, if `rooms.lastHostLeaves` is `end`"),
        .count(
            "rooms.resumeSeconds", \.resumeSeconds, 0...600,
            "how long a client whose signaling is lost may resume, and its place is kept "
                + "([Networks.md](Networks.md#moving-and-resuming))"),
        .list(
            "allowedOrigins", \.allowedOrigins,
            "origins, for example https://example.org, https://*.example.org, null or *",
            "other origins whose pages may use the server ([Networks.md](Networks.md#other-origins))",
            problem: HTTPConfiguration.problem(origin:)),
        .list(
            "trustedProxies", \.trustedProxies,
            "addresses or networks, for example 127.0.0.1, 10.0.0.0/8 or fd00::/8",
            "reverse proxies whose `Forwarded` and `X-Forwarded-` fields count ([Networks.md](Networks.md#behind-a-proxy))",
            problem: HTTPConfiguration.problem(proxy:)),
        .optionalText(
            "metrics.address", \.metricsAddress, default: "as `http`",
            "HOST:PORT, for example 127.0.0.1:9090", "a separate address for `/metrics`",
            check: { HostAndPort($0) != nil }),
        .optionalText(
            "metrics.token", \.metricsToken, isSecret: true, "a text of 16 to 1024 visible ASCII characters",
            "the token that readers of `/metrics` must send as `Authorization: Bearer`", check: isBearerToken),
        .choice("logLevel", \.logLevel, "the lowest level that is logged"),
        .optionalText(
            "browserFiles", \.browserFiles, option: "`--browser-files`", default: "built in",
            "a folder that holds the folders Client and Web",
            "browser files to serve instead of the built-in ones; with `--dev` read again at each request",
            check: isBrowserFolder),
    ]

    static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
    static let byEnvironmentName = Dictionary(uniqueKeysWithValues: all.map { ($0.environmentName, $0) })

    /// The output of `forestage settings`, which Docs/Operations.md contains.
    static var markdownTable: String {
        let rows = all.map { setting in
            "| `\(setting.key)` | `\(setting.environmentName)` | \(setting.option ?? "") | \(setting.expected) "
                + "| \(setting.defaultText) | \(setting.explanation) |"
        }
        return
            ([
                "| in the file | environment | command line | must be | default | meaning |",
                "|---|---|---|---|---|---|",
            ] + rows).map { $0.replacing("|  |", with: "| |") }.joined(separator: "\n")
    }

    // MARK: Checks

    private static let isReachable: @Sendable (String) -> Bool = { text in
        guard let address = TransportAddress(text, port: 0) else { return false }
        // 0.0.0.0 and :: are for listening.
        return address.high != 0 || address.low != 0
    }

    private static let isBearerToken: @Sendable (String) -> Bool = { text in
        (16...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static let credentialRule = "a text of 1 to 256 visible ASCII characters"

    /// Of a TURN server: goes into a `Link` field as it is.
    static let isCredential: @Sendable (String) -> Bool = { text in
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    static let isPath: @Sendable (String) -> Bool = { text in
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 }
    }

    private static let isBrowserFolder: @Sendable (String) -> Bool = { path in
        ["Client", "Web"].allSatisfy { name in
            (try? URL(fileURLWithPath: "\(path)/\(name)").resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory
                == true
        }
    }
}
