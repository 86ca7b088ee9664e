import Configuration
import Foundation
import MediaRuntime
import Primitives
import SystemPackage

/// How a server runs. Each value comes from the command line, else from the environment (`FORESTAGE_HTTP`,
/// `FORESTAGE_MEDIA_PORTS`, ...), else from the configuration file, else from its default here.
struct ServerConfiguration: Sendable {
    /// Where HTTP and WebSocket are served: `HOST:PORT`.
    var http = "127.0.0.1:8080"
    /// Rooms on demand and tokens for everybody: for trying, never for a public server.
    var isDevelopment = false
    /// API keys and their secrets: whoever knows a secret makes access tokens.
    var keys: [String: String] = [:]
    /// Addresses announced to clients for media; empty: every interface's and 127.0.0.1.
    var mediaAddresses: [String] = []
    /// UDP ports for media, `A-B`, one per worker.
    var mediaPorts = "7882-7897"
    /// Media threads; one room lives on one of them.
    var workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
    /// Whether the kernel cuts joined datagrams (UDP_SEGMENT).
    var usesSegmentationOffload = true
    /// How long a picture's first packets wait for the last, in milliseconds.
    var frameHoldMilliseconds = MediaConfiguration.defaultFrameHold.inMilliseconds
    /// Whether pages encrypt what they send end to end, in all rooms.
    var hasEncryptedPayloads = false
    /// Whether redundant audio is asked of publishers that can send it.
    var takesRedundantAudio = false
    /// Pages of these origins may connect besides the server's own: `https://example.org`.
    var allowedOrigins: [String] = []
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    var logLevel = "info"
    /// A folder with `Client` and `Web` to serve in place of the built-in ones.
    var browserFiles: String?

    /// Reads the environment and, where given, the file.
    ///
    /// - Throws: `OperatorError` where the file is missing or is not JSON.
    static func read(file: String?) async throws -> ServerConfiguration {
        var providers: [any ConfigProvider] = [
            KeyMappingProvider(upstream: EnvironmentVariablesProvider()) { key in
                key.prepending("forestage")
            }
        ]
        if let file {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
            } catch {
                throw OperatorError("cannot read the configuration file \(file): \(error)")
            }
        }
        let reader = ConfigReader(providers: providers)
        var configuration = ServerConfiguration()
        configuration.http = reader.string(forKey: "http", default: configuration.http)
        configuration.isDevelopment = reader.bool(forKey: "development", default: configuration.isDevelopment)
        configuration.mediaAddresses = reader.stringArray(forKey: "media.addresses", default: [])
        configuration.mediaPorts = reader.string(forKey: "media.ports", default: configuration.mediaPorts)
        configuration.workers = reader.int(forKey: "media.workers", default: configuration.workers)
        configuration.usesSegmentationOffload = reader.bool(forKey: "media.segmentationOffload", default: true)
        configuration.frameHoldMilliseconds = reader.double(
            forKey: "media.frameHoldMilliseconds", default: configuration.frameHoldMilliseconds)
        configuration.hasEncryptedPayloads = reader.bool(forKey: "rooms.encryptedPayloads", default: false)
        configuration.takesRedundantAudio = reader.bool(forKey: "rooms.redundantAudio", default: false)
        configuration.allowedOrigins = reader.stringArray(forKey: "allowedOrigins", default: [])
        configuration.logLevel = reader.string(forKey: "logLevel", default: configuration.logLevel)
        configuration.browserFiles = reader.string(forKey: "browserFiles")
        if let key = reader.string(forKey: "apiKey"), let secret = reader.string(forKey: "apiSecret", isSecret: true) {
            configuration.keys[key] = secret
        }
        return configuration
    }

    /// The host and port of `http`; `nil` where it is not of the form `HOST:PORT`.
    var httpAddress: (host: String, port: Int)? {
        guard let colon = http.lastIndex(of: ":"), let port = Int(http[http.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(http[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, port)
    }

    /// The media ports as a range; `nil` where `mediaPorts` is not of the form `A-B`.
    var mediaPortRange: ClosedRange<UInt16>? {
        let ends = mediaPorts.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first > 0,
            first <= last
        else { return nil }
        return first...last
    }

    /// Everything that is wrong, a line each.
    func validate() -> [String] {
        var problems: [String] = []
        if httpAddress == nil { problems.append("--http is HOST:PORT, for example 0.0.0.0:8080, not '\(http)'") }
        if mediaPortRange == nil {
            problems.append(
                "--media-ports is A-B with 1 <= A <= B <= 65535, for example 7882-7897, not '\(mediaPorts)'")
        }
        for address in mediaAddresses where TransportAddress(address, port: 0) == nil {
            problems.append("--media-address is an IPv4 or IPv6 address, for example 192.0.2.1, not '\(address)'")
        }
        if hasEncryptedPayloads, takesRedundantAudio {
            problems.append(
                "rooms.redundantAudio cannot be had with rooms.encryptedPayloads: it could not be unwrapped")
        }
        let longestHold = MediaConfiguration.longestFrameHold.inMilliseconds
        if !(0...longestHold).contains(frameHoldMilliseconds) {
            problems.append(
                "media.frameHoldMilliseconds is 0 (off) to \(longestHold), not \(frameHoldMilliseconds)")
        }
        if workers < 1 { problems.append("media.workers is at least 1, not \(workers)") }
        if keys.isEmpty, !isDevelopment {
            problems.append(
                "no API key: run 'forestage keys' and put apiKey and apiSecret into the configuration file "
                    + "(or FORESTAGE_API_KEY and FORESTAGE_API_SECRET), or try it out with --dev")
        }
        for (key, secret) in keys where secret.utf8.count < Self.minimumSecretOctets {
            problems.append("the secret of API key \(key) is shorter than \(Self.minimumSecretOctets) octets")
        }
        return problems
    }

    /// A secret for HS256 has at least the octets of the hash (RFC 7518 section 3.2).
    static let minimumSecretOctets = 32

    /// What the media plane needs of this; call `validate` before.
    var media: MediaConfiguration {
        MediaConfiguration(
            ports: mediaPortRange ?? 7_882...7_897, workers: workers,
            addresses: mediaAddresses.compactMap { TransportAddress($0, port: 0) },
            usesSegmentationOffload: usesSegmentationOffload,
            frameHold: .nanoseconds(Int64(frameHoldMilliseconds * 1e6)))
    }
}
