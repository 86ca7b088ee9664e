import Foundation
import HTTPServer
import Logging
import MediaRuntime
import Primitives

/// TLS of the server: its certificate, what keeps that up to date, and the words for the phone beside it.
struct ServerHTTPS: Sendable {
    let configuration: HTTPSConfiguration
    /// `nil` where the server made the certificate itself.
    let reloader: CertificateReloader?
    /// The host that a phone in the same network opens; `nil` where the operator knows better.
    private let phoneHost: String?

    /// `nil` without HTTPS.
    ///
    /// - Throws: `CertificateError` that says what an operator can mend.
    init?(_ server: ServerConfiguration, _ logger: Logger) throws {
        let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
        guard let listening = server.httpsAddress.flatMap(HostAndPort.init) else { return nil }
        if let files = server.certificateFiles {
            let reloader = try CertificateReloader(files, logger: logger, secondsSince1970: now)
            self.reloader = reloader
            phoneHost = nil
            var https = HTTPSConfiguration(certificates: reloader.store)
            https.isStrict = server.httpAddress != nil
            https.redirectAddress = server.httpAddress.flatMap(HostAndPort.init).map { ($0.host, $0.port) }
            configuration = https
        } else {
            let addresses = interfaceAddresses().map(\.host)
            let isEvery = ["0.0.0.0", "::"].contains(listening.host)
            let phoneHost = isEvery ? defaultRouteAddress()?.host ?? addresses[0] : listening.host
            let isAddress = TransportAddress(listening.host, port: 0) != nil
            let own = DevelopmentCertificate(
                folder: DevelopmentCertificate.stateFolder(environment: ProcessInfo.processInfo.environment),
                names: ["localhost"] + Self.hostNames + (isAddress ? [] : [listening.host]),
                addresses: addresses + ["::1"] + (isAddress && !isEvery ? [listening.host] : []),
                required: ["localhost", phoneHost])
            reloader = nil
            self.phoneHost = phoneHost
            var https = HTTPSConfiguration(certificates: CertificateStore(try own.certificate(now: now())))
            https.redirectAddress = server.httpAddress.flatMap(HostAndPort.init).map { ($0.host, $0.port) }
            configuration = https
        }
    }

    /// Tells the person at the terminal how a phone comes in, once the server listens on the port.
    func invite(_ port: Int) {
        guard let phoneHost else { return }
        let host = phoneHost.contains(":") ? "[\(phoneHost)]" : phoneHost
        let invitation = PhoneInvitation(url: "https://\(host):\(port)/", localURL: "https://localhost:\(port)/")
        // Standard output is buffered where it is no terminal.
        FileHandle.standardOutput.write(Data(invitation.text(withSymbol: isatty(STDOUT_FILENO) == 1).utf8))
    }

    /// This machine's name, and the one under which multicast DNS finds it (RFC 6762).
    private static var hostNames: [String] {
        var text = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&text, text.count - 1) == 0 else { return [] }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.contains(".") ? [name] : [name, name + ".local"]
    }
}
